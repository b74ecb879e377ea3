//! `/api/responses`: tell us what the AI answered, rated or not.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use serde::Serialize;

use super::batch::{self, BatchReply, Tally};
use super::fields::body_with_response_fields;
use super::{once, tokens};
use crate::app::App;
use crate::model::Invalid;
use crate::model::ids::MessageId;
use crate::model::patch::Patch;
use crate::model::response::{NewResponse, ResponsePatch, Source};
use crate::model::time::Timestamp;
use crate::privacy::pseudonym::RawUserId;
use crate::store::responses::{self, Authority, Recorded};
use crate::store::sql;
use crate::web::body;
use crate::web::caller::{self, Caller};
use crate::web::error::{Error, Problem};

body_with_response_fields! {
    /// One response. Absent fields stay as they are; `null` clears one.
    ResponseBody {
        /// The app's id of the answer.
        #[schema(min_length = 1, max_length = 256)]
        message_id: String,
        /// Whom the token in the reply is for: the app's id of the user, of which the token holds
        /// the keyed hash. Not stored. Without it the token is for whoever has it.
        #[serde(default)]
        #[schema(value_type = Option<String>, min_length = 1, max_length = 256)]
        user_id: Option<RawUserId>,
        /// When the AI answered; now if not given.
        #[serde(default)]
        #[schema(value_type = Option<String>, format = DateTime)]
        created_at: Option<Timestamp>,
    }
}

/// The response was taken.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ResponseReply {
    #[schema(value_type = String)]
    message_id: MessageId,
    /// Whether it was not known before.
    created: bool,
    /// A feedback token: give it to the page that shows the answer.
    token: String,
    /// When the token ends: in 30 days.
    #[schema(value_type = String, format = DateTime)]
    token_expires_at: Timestamp,
}

/// Logs one response.
#[utoipa::path(post, path = "/api/responses", tag = "responses", request_body = ResponseBody,
    responses((status = 200, body = ResponseReply), (status = "4XX", body = Problem)))]
pub(crate) async fn record(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> Result<axum::Json<ResponseReply>, Error> {
    let bytes = body::json_bytes(request).await?;
    let mut body = body::parse::<ResponseBody>(&bytes)?;
    let user_id = body.user_id.take();
    let new = body.into_new(&app, &caller)?;
    let project = caller.project;
    let bond = caller::bond(&app, &caller, new.message_id.clone(), user_id);
    let recorded = app
        .store
        .write(bytes.len(), move |tx| responses::record(tx, project, &new, Authority::ByTrust))
        .await?;
    let (token, token_expires_at) = app.sign(project, &bond, tokens::DAYS).await?;
    let (message_id, created) = (bond.message_id, recorded == Recorded::Created);
    Ok(axum::Json(ResponseReply { message_id, created, token, token_expires_at }))
}

/// Logs many responses: a JSON array, or one object a line (NDJSON).
#[utoipa::path(post, path = "/api/responses/batch", tag = "responses",
    request_body = Vec<ResponseBody>,
    responses((status = 200, body = BatchReply), (status = "4XX", body = Problem)))]
pub(crate) async fn record_batch(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    request: Request,
) -> Result<axum::Json<BatchReply>, Error> {
    once::refuse(&headers)?;
    let bytes = body::whole(request).await?;
    let project = caller.project;
    let mut tally = Tally::default();
    let mut valid = Vec::new();
    let items = batch::items::<ResponseBody>(&bytes)?;
    let share = bytes.len() / items.len().max(1);
    for (index, item) in items.into_iter().enumerate() {
        match item.and_then(|body| Ok(body.into_new(&app, &caller)?)) {
            Ok(new) => valid.push((index, new)),
            Err(error) => tally.reject(index, &error),
        }
    }
    let mut valid = valid.into_iter().peekable();
    while valid.peek().is_some() {
        let job: Vec<_> = valid.by_ref().take(batch::JOB_ITEMS).collect();
        let done = app.store.write(share * job.len(), move |tx| {
            let record = |(index, new)| {
                let outcome = sql::attempt(tx, |tx| {
                    responses::record(tx, project, &new, Authority::ByTrust)
                })?;
                Ok((index, outcome))
            };
            job.into_iter().map(record).collect::<Result<Vec<_>, _>>()
        });
        for (index, outcome) in done.await? {
            match outcome {
                Ok(_) => tally.changed += 1,
                Err(error) => tally.reject(index, &Error::from(error)),
            }
        }
    }
    tally.errors.sort_by_key(|error| error.index);
    Ok(axum::Json(tally.into_reply()))
}

impl ResponseBody {
    fn into_new(mut self, app: &App, caller: &Caller) -> Result<NewResponse, Invalid> {
        if self.user_id.is_some() {
            return Err(Invalid::new("user_id", "must be left out here: a batch gives no tokens"));
        }
        let now = app.now();
        let patch = self.take_response()?;
        Ok(NewResponse {
            message_id: MessageId::parse(self.message_id)?,
            patch,
            trust: caller.trust(),
            source: Source::Api,
            stated_at: self.created_at,
            event_at: now,
            received_at: now,
        })
    }
}
