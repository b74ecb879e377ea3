//! The description of the API (OpenAPI 3.1), made from the handlers themselves.

use axum::Json;
use serde_json::Value;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::api;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "thumbwheel",
        description = "Collects thumbs on AI answers, explains them, and turns them into \
                       training data. Errors are problem details (RFC 9457) with a `code`."
    ),
    paths(
        api::feedback::record,
        api::feedback::list,
        api::feedback::record_batch,
        api::mine::mine,
        api::form::show,
        api::responses::record,
        api::responses::record_batch,
        api::signals::record,
        api::tokens::mint,
        api::import::record,
        api::analytics::approval::approval,
        api::analytics::trend::trend,
        api::analytics::failures::failures,
        api::analytics::coverage::coverage,
        api::analytics::milestones::milestones,
        api::analytics::cohorts::cohorts,
        api::analytics::compare::compare,
        api::query::run,
        api::export::stream,
        api::users::erase,
        api::users::opt_out,
        api::users::export,
        api::projects::list,
        api::projects::create,
        api::projects::set,
        api::keys::list,
        api::keys::create,
        api::keys::revoke,
        api::health::show,
        api::metrics::show,
        api::events::watch
    ),
    components(schemas(api::analytics::summary::SummaryReply)),
    security(("key" = [])),
    modifiers(&Key)
)]
struct Document;

/// How a caller shows who it is.
struct Key;

impl Modify for Key {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "A secret key (tw_sk_…). Pages send a publishable key (tw_pk_…) as the field \
                 `key`, or a feedback token (twm1.…) as the field `token`, of a JSON body with \
                 the content type text/plain.",
            ))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(bearer));
    }
}

/// The document as JSON.
pub(super) fn document() -> Value {
    serde_json::to_value(Document::openapi()).expect("an OpenAPI document serializes")
}

/// `/openapi.json`
pub(super) async fn show() -> Json<Value> {
    Json(document())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_in_the_repository_is_the_one_that_is_served() {
        let text = serde_json::to_string_pretty(&document()).expect("serializes");
        crate::render::tests::golden("docs/openapi.json", &format!("{text}\n"));
    }
}
