//! `/api/analytics/coverage`: how many answers get any feedback?

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::app::protocol::{Answer, Question};
use crate::insights::coverage::Coverage;
use crate::model::Invalid;
use crate::model::filter::{Dimension, Filter};
use crate::web::caller::Caller;
use crate::web::error::{Error, Problem};
use crate::web::params::{FilterQuery, Params};

/// What `GET /api/analytics/coverage` takes besides the filter.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the query; `Params` reads it")]
pub(crate) struct CoverageQuery {
    /// What to group by, as for approval; `action_type` if not given.
    by: Option<String>,
}

/// The share of the logged answers that got feedback, with 95 % Wilson intervals, and beside it
/// the signals by kind. Counts answers: `feedback` and `trust` do not apply, `since` and `until`
/// mean the time of the answer (for signals their own).
#[utoipa::path(get, path = "/api/analytics/coverage", tag = "analytics",
    params(CoverageQuery, FilterQuery),
    responses((status = 200, body = Coverage), (status = "4XX", body = Problem)))]
pub(crate) async fn coverage(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Coverage>, Error> {
    let by = Dimension::parse(params.take("by").as_deref().unwrap_or("action_type"))?;
    let filter = of_answers(params.filter()?)?;
    params.finish()?;
    match app.ask(caller.project, Question::Coverage { by, filter }).await? {
        Answer::Coverage(coverage) => Ok(Json(coverage)),
        other => Err(Error::unexpected(&other)),
    }
}

/// The filter, if it can be asked of an answer.
fn of_answers(filter: Filter) -> Result<Filter, Invalid> {
    let rule = "must be left out: coverage counts answers, not thumbs";
    match filter {
        Filter { feedback: Some(_), .. } => Err(Invalid::new("feedback", rule)),
        Filter { trust: Some(_), .. } => Err(Invalid::new("trust", rule)),
        filter => Ok(filter),
    }
}
