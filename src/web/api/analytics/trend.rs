//! `/api/analytics/trend`: is it getting better?

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::app::protocol::{Answer, Question};
use crate::insights::trend::{TooMany, Trend};
use crate::model::interval::Interval;
use crate::web::caller::Caller;
use crate::web::error::{Error, Problem};
use crate::web::params::{FilterQuery, Params};

/// What `GET /api/analytics/trend` takes besides the filter.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the query; `Params` reads it")]
pub(crate) struct TrendQuery {
    /// `hour`, `day` (if not given) or `week`, in the project's time zone; weeks start on Monday.
    interval: Option<Interval>,
}

/// Approval over time, from `since` to `until`, or from the first to the last feedback.
#[utoipa::path(get, path = "/api/analytics/trend", tag = "analytics",
    params(TrendQuery, FilterQuery),
    responses((status = 200, body = Trend), (status = "4XX", body = Problem)))]
pub(crate) async fn trend(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Trend>, Error> {
    let interval = params.parsed("interval")?.unwrap_or(Interval::Day);
    let filter = params.filter()?;
    params.finish()?;
    let zone = app.zone(caller.project).await?;
    match app.ask(caller.project, Question::Trend { interval, zone, filter }).await? {
        Answer::Trend(Ok(trend)) => Ok(Json(trend)),
        Answer::Trend(Err(TooMany)) => Err(super::too_many_buckets()),
        other => Err(Error::unexpected(&other)),
    }
}
