//! `/api/feedback?type=summary`: the five numbers of each action type.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::app::App;
use crate::app::protocol::{Answer, Question};
use crate::insights::summary::ActionSummary;
use crate::model::filter::Filter;
use crate::web::caller::Caller;
use crate::web::error::Error;

/// How each action type is received.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SummaryReply {
    /// Most feedback first, ties by name.
    summary: Vec<ActionSummary>,
}

/// The reply to `GET /api/feedback?type=summary`.
pub(in crate::web::api) async fn summary(
    app: &App,
    caller: &Caller,
    filter: Filter,
) -> Result<Response, Error> {
    match app.ask(caller.project, Question::Summary { filter }).await? {
        Answer::Summary(summary) => Ok(Json(SummaryReply { summary }).into_response()),
        other => Err(Error::unexpected(&other)),
    }
}
