//! What the gate of a route knows: the site that it belongs to, and the route's line in the table.

use std::sync::Arc;

use axum::extract::FromRef;
use axum::http::Method;

use super::rate::Rates;
use crate::app::App;
use crate::model::key::Scope;

/// Largest body of a batch, in bytes; anything as large waits for room.
pub(super) const BATCH: usize = 16 << 20;

/// What every gate shares.
pub(crate) struct Site {
    pub(crate) app: App,
    pub(crate) rates: Rates,
    /// Whether the front page shows data to whoever asks (`thumbwheel demo`).
    pub(crate) open_front: bool,
    /// Large bodies in memory at the same time.
    pub(crate) room: Arc<tokio::sync::Semaphore>,
}

impl FromRef<Arc<Site>> for App {
    fn from_ref(site: &Arc<Site>) -> Self {
        site.app.clone()
    }
}

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anyone: it shows nothing of a project.
    Public,
    /// Secret keys with this scope, and the owner.
    Scope(Scope),
    /// Secret keys with the scope `ingest`, and publishable keys.
    Collect,
}

/// One line of the route table.
#[derive(Debug, Clone)]
pub(crate) struct RouteInfo {
    /// GET or POST.
    pub(crate) method: Method,
    /// The path, as axum and OpenAPI write it.
    pub(crate) path: &'static str,
    /// Who may use it.
    pub(crate) access: Access,
    /// Largest body, in bytes.
    pub(crate) body_bytes_max: usize,
    /// Whether it takes a query string, by the description of the API. Pages take any.
    pub(crate) takes_query: bool,
}
