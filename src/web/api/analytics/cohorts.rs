//! `/api/analytics/cohorts`: who came when, and who came back?

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::app::protocol::{Answer, Question};
use crate::insights::cohorts::Cohorts;
use crate::insights::trend::TooMany;
use crate::web::caller::Caller;
use crate::web::error::{Error, Problem};
use crate::web::params::{FilterQuery, Params};

/// Users by the week of their first feedback, and new and returning voters week by week, in the
/// project's time zone. The filter decides what counts as a vote, never who is new.
#[utoipa::path(get, path = "/api/analytics/cohorts", tag = "analytics",
    params(FilterQuery),
    responses((status = 200, body = Cohorts), (status = "4XX", body = Problem)))]
pub(crate) async fn cohorts(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Cohorts>, Error> {
    let filter = params.filter()?;
    params.finish()?;
    let zone = app.zone(caller.project).await?;
    match app.ask(caller.project, Question::Cohorts { zone, filter }).await? {
        Answer::Cohorts(Ok(cohorts)) => Ok(Json(cohorts)),
        Answer::Cohorts(Err(TooMany)) => Err(super::too_many_buckets()),
        other => Err(Error::unexpected(&other)),
    }
}
