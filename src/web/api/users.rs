//! `/api/users`: what a person may ask of the operator. Raw ids stand in bodies, never in URLs.

use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::model::ids::Subject;
use crate::model::time::Timestamp;
use crate::privacy::pseudonym::{self, Domain, RawUserId};
use crate::store::subjects;
use crate::web::body::Json;
use crate::web::caller::Caller;
use crate::web::error::{Error, Problem};
use crate::web::view::FeedbackView;

/// A user.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserBody {
    /// The app's id of the user, or the pseudonym.
    #[schema(value_type = String)]
    user_id: RawUserId,
}

/// A user, and whether they are to be opted out.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OptOutBody {
    /// The app's id of the user, or the pseudonym.
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
    /// The pseudonym under which the rows stood.
    #[schema(value_type = String)]
    user_id: Subject,
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
    #[schema(value_type = String)]
    user_id: Subject,
    opted_out: bool,
}

/// Everything that is stored of the user.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct UserExportReply {
    #[schema(value_type = String)]
    user_id: Subject,
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
    let (project, user_id, erased_at) =
        (caller.project, subject(&app, &caller, body.user_id), app.now());
    let gone = user_id.clone();
    let erased =
        app.store.maintain(move |tx| subjects::erase(tx, project, &gone, erased_at)).await?;
    // The mirror's file still holds the bytes; the next question rebuilds it, so ask one now.
    app.refresh_mirror(project);
    Ok(axum::Json(ErasedReply {
        user_id,
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
    let (project, user_id) = (caller.project, subject(&app, &caller, body.user_id));
    let since = body.opted_out.then(|| app.now());
    let who = user_id.clone();
    app.store.maintain(move |tx| subjects::set_opt_out(tx, project, &who, since)).await?;
    Ok(axum::Json(OptOutReply { user_id, opted_out: body.opted_out }))
}

/// A copy of everything that is stored of a user.
#[utoipa::path(post, path = "/api/users/export", tag = "users", request_body = UserBody,
    responses((status = 200, body = UserExportReply), (status = "4XX", body = Problem)))]
pub(crate) async fn export(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<UserBody>,
) -> Result<axum::Json<UserExportReply>, Error> {
    let (project, user_id) = (caller.project, subject(&app, &caller, body.user_id));
    let who = user_id.clone();
    let read = move |db: &_| {
        Ok((subjects::feedback(db, project, &who)?, subjects::opted_out(db, project, &who)?))
    };
    let (rows, opted_out) = app.store.read(read).await?;
    let feedback = rows.into_iter().map(FeedbackView::from).collect();
    Ok(axum::Json(UserExportReply { user_id, opted_out, feedback }))
}

/// The pseudonym meant: the id itself if it is one, else that of the app's id.
fn subject(app: &App, caller: &Caller, id: RawUserId) -> Subject {
    id.as_pseudonym()
        .unwrap_or_else(|| pseudonym::of_user(&app.pepper, Domain::App, caller.project, id))
}
