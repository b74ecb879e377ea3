//! `/api/analytics/approval`: what works?

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::app::protocol::{Answer, Question};
use crate::insights::approval::Approval;
use crate::model::filter::Dimension;
use crate::web::caller::Caller;
use crate::web::error::{Error, Problem};
use crate::web::params::{FilterQuery, Params};

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
