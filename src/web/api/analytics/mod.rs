//! `/api/analytics`: what works and what fails. Every rate with n and its interval.

pub(crate) mod trend;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::app::App;
use crate::app::protocol::{Answer, Question};
use crate::insights::approval::Approval;
use crate::insights::failures::Failures;
use crate::insights::summary::ActionSummary;
use crate::model::filter::{Dimension, Filter};
use crate::web::caller::Caller;
use crate::web::error::{Error, Problem};
use crate::web::params::{FilterQuery, Params};

/// How each action type is received.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SummaryReply {
    /// Most feedback first, ties by name.
    summary: Vec<ActionSummary>,
}

/// The reply to `GET /api/feedback?type=summary`.
pub(super) async fn summary(app: &App, caller: &Caller, filter: Filter) -> Result<Response, Error> {
    match app.ask(caller.project, Question::Summary { filter }).await? {
        Answer::Summary(summary) => Ok(Json(SummaryReply { summary }).into_response()),
        other => Err(Error::unexpected(&other)),
    }
}

/// What `GET /api/analytics/approval` takes besides the filter.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the query; `Params` reads it")]
pub(crate) struct ApprovalQuery {
    /// What to group by: `action_type` (if not given), `model`, `prompt_version`, `experiment`,
    /// `variant`, `trust`, `source`, `conversation_id`, or `action_data.<key>`.
    by: Option<String>,
}

/// Approval over all and by one dimension, with 95 % Wilson intervals.
#[utoipa::path(get, path = "/api/analytics/approval", tag = "analytics",
    params(ApprovalQuery, FilterQuery),
    responses((status = 200, body = Approval), (status = "4XX", body = Problem)))]
pub(crate) async fn approval(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Approval>, Error> {
    let by = Dimension::parse(params.take("by").as_deref().unwrap_or("action_type"))?;
    let filter = params.filter()?;
    params.finish()?;
    match app.ask(caller.project, Question::Approval { by, filter }).await? {
        Answer::Approval(approval) => Ok(Json(approval)),
        other => Err(Error::unexpected(&other)),
    }
}

/// What `GET /api/analytics/failures` takes besides the filter.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the query; `Params` reads it")]
pub(crate) struct FailuresQuery {
    /// Fewest thumbs down of a pattern; 3 if not given.
    #[param(minimum = 1)]
    at_least: Option<u32>,
    /// Most patterns; 20 if not given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Failure patterns: the same prompt, answer and action type, voted down again and again.
#[utoipa::path(get, path = "/api/analytics/failures", tag = "analytics",
    params(FailuresQuery, FilterQuery),
    responses((status = 200, body = Failures), (status = "4XX", body = Problem)))]
pub(crate) async fn failures(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Failures>, Error> {
    let at_least = params.number("at_least", 1..=u32::MAX)?.unwrap_or(3);
    let limit = params.number("limit", 1..=1_000)?.unwrap_or(20);
    let filter = params.filter()?;
    params.finish()?;
    match app.ask(caller.project, Question::Failures { filter, at_least, limit }).await? {
        Answer::Failures(failures) => Ok(Json(failures)),
        other => Err(Error::unexpected(&other)),
    }
}
