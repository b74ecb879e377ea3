//! `/playground`: a small chat to try the thumbs on, and the row that each click becomes.
//!
//! Its assistant answers by rules (`crate::demo::assistant`). What it says is logged as an app
//! would log it, and the page gets a feedback token for it, as the page of an app would.

use std::sync::Arc;

use axum::Json as Sent;
use axum::extract::State;
use axum::response::Response;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Script;
use crate::app::App;
use crate::demo::assistant;
use crate::model::Invalid;
use crate::model::action::{ActionData, ActionType};
use crate::model::ids::MessageId;
use crate::model::patch::Patch;
use crate::model::response::{NewResponse, ResponsePatch, Source};
use crate::model::text;
use crate::model::trust::Trust;
use crate::privacy::pseudonym::{self, Domain, RawUserId};
use crate::privacy::token::Bond;
use crate::store::responses::{self, Authority};
use crate::store::{Db, Tx, feedback};
use crate::web::body::Json;
use crate::web::caller::{self, Credential};
use crate::web::error::Error;
use crate::web::site::Site;
use crate::web::view::FeedbackView;
use crate::web::widget::{EMBED, Embed};

/// Longest message to the assistant, in characters.
const MESSAGE_CHARS_MAX: usize = 500;
/// How long a visitor may rate an answer, in days.
const TOKEN_DAYS: u32 = 7;

const SCRIPT: Script = Script::new(include_str!("../../../assets/static/playground.js"));

#[derive(Serialize)]
struct Page {
    widget: &'static Embed,
    script: &'static str,
}

/// A message to the assistant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct AskBody {
    message: String,
    /// The random id that the visitor's browser keeps.
    visitor: RawUserId,
}

/// What the page needs to show the answer with thumbs beside it.
#[derive(Serialize)]
pub(in crate::web) struct AskReply {
    message_id: String,
    answer: String,
    action_type: &'static str,
    action_data: Value,
    token: String,
}

/// Which row.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct RowBody {
    token: String,
}

/// The row behind a thumb.
#[derive(Serialize)]
pub(in crate::web) struct RowReply {
    /// `null` where there is none.
    row: Option<FeedbackView>,
}

/// Shows the page.
pub(in crate::web) async fn show() -> Result<Response, Error> {
    let page = Page { widget: &EMBED, script: SCRIPT.text };
    super::respond_with("playground.html", &page, &SCRIPT)
}

/// Answers a message and logs the answer.
pub(in crate::web) async fn ask(
    State(site): State<Arc<Site>>,
    Json(body): Json<AskBody>,
) -> Result<Sent<AskReply>, Error> {
    let (project, app) = (site.playground()?, &site.app);
    let message = text::label("message", body.message, MESSAGE_CHARS_MAX)?;
    let subject = pseudonym::of_user(&app.pepper, Domain::Browser, project, body.visitor);
    let said = assistant::reply(&message);
    let id = format!("playground-{}", HEXLOWER.encode(&crate::app::random::<8>()));
    let bond = Bond { message_id: MessageId::parse(id)?, subject };
    let new = response(app, &bond, message, &said)?;
    let record = move |tx: &Tx<'_>| responses::record(tx, project, &new, Authority::ByTrust);
    app.store.write(0, record).await?;
    let (token, _) = app.sign(project, &bond, TOKEN_DAYS).await?;
    let assistant::Reply { action_type, action_data, answer } = said;
    let message_id = bond.message_id.as_str().to_owned();
    Ok(Sent(AskReply { message_id, answer, action_type, action_data, token }))
}

fn response(
    app: &App,
    bond: &Bond,
    message: String,
    said: &assistant::Reply,
) -> Result<NewResponse, Invalid> {
    let now = app.now();
    let patch = ResponsePatch {
        user_message: Patch::Set(message),
        assistant_response: Patch::Set(said.answer.clone()),
        action_type: Patch::Set(ActionType::parse(said.action_type.to_owned())?),
        action_data: Patch::Set(ActionData::parse(&said.action_data)?),
        model: Patch::Set("playground".to_owned()),
        ..ResponsePatch::default()
    };
    Ok(NewResponse {
        message_id: bond.message_id.clone(),
        patch,
        trust: Trust::Secret,
        source: Source::Api,
        stated_at: None,
        event_at: now,
        received_at: now,
    })
}

/// The row as it is stored, for whoever has the token of its thumb.
pub(in crate::web) async fn row(
    State(site): State<Arc<Site>>,
    Json(body): Json<RowBody>,
) -> Result<Sent<RowReply>, Error> {
    let project = site.playground()?;
    let caller = caller::from_tokens(&site.app, &[body.token])?;
    let (Credential::Signed { mut bonds, .. }, true) =
        (caller.credential, caller.project == project)
    else {
        return Err(Error::not_found("this token is not of the playground"));
    };
    let Bond { message_id, subject } = bonds.remove(0);
    let read = move |db: &Db| feedback::by_key(db, project, message_id.as_str(), &subject);
    let row = site.app.store.read(read).await?.map(FeedbackView::from);
    Ok(Sent(RowReply { row }))
}
