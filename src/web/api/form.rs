//! `/api/feedback/form`: what the form of the widget offers.

use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::model::feedback::Thumb;
use crate::model::reasons::{Choice, Reasons};
use crate::store::{Db, projects};
use crate::web::body::Json;
use crate::web::caller::Caller;
use crate::web::error::{Error, Problem};

/// Which form.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormBody {
    /// What the answer did; only the reasons that are offered for everything if not given.
    #[serde(default)]
    action_type: Option<String>,
    /// The language of the page, such as `de` or `pt-BR`.
    #[serde(default)]
    lang: Option<String>,
}

/// What the form offers.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FormReply {
    /// `null` where the project has no reasons of its own: the widget offers its built-in ones.
    reasons: Option<FormReasons>,
}

/// The reasons behind each thumb.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct FormReasons {
    up: Vec<Choice>,
    down: Vec<Choice>,
}

/// The reasons that the project offers.
#[utoipa::path(post, path = "/api/feedback/form", tag = "feedback", request_body = FormBody,
    responses((status = 200, body = FormReply), (status = "4XX", body = Problem)))]
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<FormBody>,
) -> Result<axum::Json<FormReply>, Error> {
    let project = app.store.read(move |db: &Db| projects::by_id(db, caller.project)).await?;
    let reasons = project.reasons.map(|reasons: Reasons| {
        let choices =
            |thumb| reasons.choices(thumb, body.action_type.as_deref(), body.lang.as_deref());
        FormReasons { up: choices(Thumb::Up), down: choices(Thumb::Down) }
    });
    Ok(axum::Json(FormReply { reasons }))
}
