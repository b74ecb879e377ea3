//! `/health`: whether the server can take votes.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use crate::app::App;

/// How the server is.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Health {
    /// `ok`, `disk_full` or `read_only`.
    status: &'static str,
    /// The version of the server.
    version: &'static str,
}

/// 200 while votes are taken, 503 with the reason otherwise.
#[utoipa::path(get, path = "/health", tag = "server",
    responses((status = 200, body = Health), (status = 503, body = Health)))]
pub(crate) async fn show(State(app): State<App>) -> (StatusCode, axum::Json<Health>) {
    let health = app.store.health();
    let status = match (health.damage(), health.disk_full()) {
        (Some(_), _) => "read_only",
        (None, true) => "disk_full",
        (None, false) => "ok",
    };
    let code = if status == "ok" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, axum::Json(Health { status, version: env!("CARGO_PKG_VERSION") }))
}
