//! `/api/analytics/failures`: what fails, and how often?

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::app::protocol::{Answer, Question};
use crate::insights::failures::Failures;
use crate::web::caller::Caller;
use crate::web::error::{Error, Problem};
use crate::web::params::{FilterQuery, Params};

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
