//! `/api/users`: what a person may ask of the operator. Raw ids stand in bodies, never in URLs.

use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::model::ids::Subject;
use crate::model::time::Timestamp;
use crate::privacy::pseudonym::{self, RawUserId};
use crate::store::{Db, Tx, subjects};
use crate::web::body::Json;
use crate::web::caller::Caller;
use crate::web::error::{Error, Problem};
use crate::web::view::FeedbackView;

/// A user.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserBody {
    /// The app's id of the user, the browser's own, or a pseudonym.
    #[schema(value_type = String)]
    user_id: RawUserId,
}

/// A user, and whether they are to be opted out.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OptOutBody {
    /// The app's id of the user, the browser's own, or a pseudonym.
    #[schema(value_type = String)]
    user_id: RawUserId,
    /// False opts in again; true if not given.
    #[serde(default = "yes")]
    opted_out: bool,
}

fn yes() -> bool {
    true
}

/// What was removed, table by table.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ErasedReply {
    /// The pseudonyms under which rows were looked for: the app's, the browser's.
    #[schema(value_type = Vec<String>)]
    user_ids: Vec<Subject>,
    #[schema(value_type = String, format = DateTime)]
    erased_at: Timestamp,
    thumbs: usize,
    history: usize,
    /// Responses that nobody else has rated.
    responses: usize,
    signals: usize,
}

/// Whether anything of the user will be stored from now on.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct OptOutReply {
    /// The pseudonyms that this is about: the app's, the browser's.
    #[schema(value_type = Vec<String>)]
    user_ids: Vec<Subject>,
    opted_out: bool,
}

/// The feedback of the user as it stands.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct UserExportReply {
    /// The pseudonyms that this is about: the app's, the browser's.
    #[schema(value_type = Vec<String>)]
    user_ids: Vec<Subject>,
    opted_out: bool,
    feedback: Vec<FeedbackView>,
}

/// Erases a user: everything stored of them, in every table and in the mirror.
#[utoipa::path(post, path = "/api/users/erase", tag = "users", request_body = UserBody,
    responses((status = 200, body = ErasedReply), (status = "4XX", body = Problem)))]
pub(crate) async fn erase(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<UserBody>,
) -> Result<axum::Json<ErasedReply>, Error> {
    let (project, erased_at) = (caller.project, app.now());
    let user_ids = pseudonym::all_of_user(&app.pepper, project, body.user_id);
    let erased = app.erase(project, user_ids.clone(), erased_at).await?;
    Ok(axum::Json(ErasedReply {
        user_ids,
        erased_at,
        thumbs: erased.thumbs,
        history: erased.history,
        responses: erased.responses,
        signals: erased.signals,
    }))
}

/// Opts a user out of being recorded, or in again. What is stored stays.
#[utoipa::path(post, path = "/api/users/opt-out", tag = "users", request_body = OptOutBody,
    responses((status = 200, body = OptOutReply), (status = "4XX", body = Problem)))]
pub(crate) async fn opt_out(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<OptOutBody>,
) -> Result<axum::Json<OptOutReply>, Error> {
    let project = caller.project;
    let user_ids = pseudonym::all_of_user(&app.pepper, project, body.user_id);
    let since = body.opted_out.then(|| app.now());
    let who = user_ids.clone();
    let set = move |tx: &Tx<'_>| {
        who.iter().try_for_each(|subject| subjects::set_opt_out(tx, project, subject, since))
    };
    app.store.maintain(set).await?;
    Ok(axum::Json(OptOutReply { user_ids, opted_out: body.opted_out }))
}

/// A copy of the feedback of a user as it stands.
#[utoipa::path(post, path = "/api/users/export", tag = "users", request_body = UserBody,
    responses((status = 200, body = UserExportReply), (status = "4XX", body = Problem)))]
pub(crate) async fn export(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<UserBody>,
) -> Result<axum::Json<UserExportReply>, Error> {
    let project = caller.project;
    let user_ids = pseudonym::all_of_user(&app.pepper, project, body.user_id);
    let who = user_ids.clone();
    let read = move |db: &Db| {
        let mut found = (Vec::new(), false);
        for subject in &who {
            found.0.extend(subjects::feedback(db, project, subject)?);
            found.1 |= subjects::opted_out(db, project, subject)?;
        }
        Ok(found)
    };
    let (rows, opted_out) = app.store.read(read).await?;
    let feedback = rows.into_iter().map(FeedbackView::from).collect();
    Ok(axum::Json(UserExportReply { user_ids, opted_out, feedback }))
}
