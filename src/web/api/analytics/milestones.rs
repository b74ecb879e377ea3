//! `/api/analytics/milestones`: how far have we come, and what is next?

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::app::protocol::{Answer, Question};
use crate::insights::milestones::Milestones;
use crate::web::caller::Caller;
use crate::web::error::{Error, Problem};
use crate::web::params::{FilterQuery, Params};

/// Users, feedback a week, what is usable for training, the next milestone, and when the first
/// fine-tune is due at the pace of the last 28 days.
#[utoipa::path(get, path = "/api/analytics/milestones", tag = "analytics",
    params(FilterQuery),
    responses((status = 200, body = Milestones), (status = "4XX", body = Problem)))]
pub(crate) async fn milestones(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Milestones>, Error> {
    let filter = params.filter()?;
    params.finish()?;
    match app.ask(caller.project, Question::Milestones { now: app.now(), filter }).await? {
        Answer::Milestones(milestones) => Ok(Json(milestones)),
        other => Err(Error::unexpected(&other)),
    }
}
