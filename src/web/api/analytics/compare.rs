//! `/api/analytics/compare`: do two periods or two segments differ?

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::app::protocol::{Answer, Question};
use crate::insights::compare::Compared;
use crate::model::Invalid;
use crate::model::comparison::{Comparison, Period};
use crate::model::filter::Dimension;
use crate::model::time::Timestamp;
use crate::web::caller::Caller;
use crate::web::error::{Error, Problem};
use crate::web::params::{FilterQuery, Params};

/// What `GET /api/analytics/compare` takes besides the filter: either the four times of two
/// periods, or a dimension and two of its values.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the query; `Params` reads it")]
pub(crate) struct CompareQuery {
    /// Period a: event time at or after, RFC 3339.
    a_since: Option<String>,
    /// Period a: event time before.
    a_until: Option<String>,
    /// Period b: event time at or after.
    b_since: Option<String>,
    /// Period b: event time before. The periods do not overlap.
    b_until: Option<String>,
    /// What tells the segments apart: as for approval.
    by: Option<String>,
    /// Its value on side a.
    a: Option<String>,
    /// Its value on side b.
    b: Option<String>,
}

/// The approval of two sides and the difference from a to b, with a 95 % interval (Newcombe
/// 1998, method 10).
#[utoipa::path(get, path = "/api/analytics/compare", tag = "analytics",
    params(CompareQuery, FilterQuery),
    responses((status = 200, body = Compared), (status = "4XX", body = Problem)))]
pub(crate) async fn compare(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Compared>, Error> {
    let comparison = comparison(&mut params)?;
    let filter = params.filter()?;
    params.finish()?;
    match app.ask(caller.project, Question::Compare { comparison, filter }).await? {
        Answer::Compare(compared) => Ok(Json(compared)),
        other => Err(Error::unexpected(&other)),
    }
}

/// The two sides. Times and segments exclude one another: what is not read here is left over.
fn comparison(params: &mut Params) -> Result<Comparison, Error> {
    if let Some(by) = params.take("by") {
        let value = |text: Option<String>, field| {
            text.ok_or_else(|| Invalid::new(field, "must name a value of the dimension"))
        };
        let (a, b) = (value(params.take("a"), "a")?, value(params.take("b"), "b")?);
        return Ok(Comparison::segments(Dimension::parse(&by)?, a, b)?);
    }
    let mut time = |field: &'static str| -> Result<Timestamp, Error> {
        let rule = "must be a time, or the segments must be named with by, a and b";
        Ok(params.parsed(field)?.ok_or_else(|| Invalid::new(field, rule))?)
    };
    let a = Period { since: time("a_since")?, until: time("a_until")? };
    let b = Period { since: time("b_since")?, until: time("b_until")? };
    Ok(Comparison::periods(a, b)?)
}
