//! What the gate of a route knows: the site that it belongs to, and the route's line in the table.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRef;
use axum::http::Method;
use axum::http::request::Parts;

use super::error::Error;
use super::rate::Rates;
use crate::app::App;
use crate::model::ids::ProjectId;
use crate::model::key::Scope;

/// Largest body of a batch, in bytes; anything as large waits for room.
pub(super) const BATCH: usize = 16 << 20;

/// What every gate shares.
pub(crate) struct Site {
    pub(crate) app: App,
    pub(crate) rates: Rates,
    /// What is open to whoever asks.
    pub(crate) opening: Opening,
    /// Large bodies in memory at the same time.
    pub(crate) room: Arc<tokio::sync::Semaphore>,
    /// Reverse proxies whose word on the client's address is taken.
    pub(crate) trusted_proxies: Vec<IpAddr>,
}

/// What is open to whoever asks.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Opening {
    /// Whether the front page shows data (`thumbwheel demo`).
    pub(crate) front: bool,
    /// The project that the playground writes to, if it is open.
    pub(crate) playground: Option<ProjectId>,
}

/// The address that a connection came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

impl Site {
    /// The project that the playground writes to.
    ///
    /// # Errors
    /// 404 where the playground is closed.
    pub(crate) fn playground(&self) -> Result<ProjectId, Error> {
        self.opening.playground.ok_or_else(|| {
            Error::not_found("the playground is closed; `thumbwheel serve --playground` opens it")
        })
    }

    /// The address of the client: of the connection, or the last in `X-Forwarded-For` that none
    /// of our proxies has. Anything before that one may be made up.
    pub(crate) fn client_address(&self, parts: &Parts) -> Option<IpAddr> {
        let Peer(peer) = *parts.extensions.get::<Peer>()?;
        if !self.trusted_proxies.contains(&peer) {
            return Some(peer);
        }
        let values = parts.headers.get_all("x-forwarded-for").iter();
        let hops: Vec<IpAddr> = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map_while(|hop| hop.trim().parse().ok())
            .collect();
        Some(hops.into_iter().rfind(|hop| !self.trusted_proxies.contains(hop)).unwrap_or(peer))
    }
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
    /// Secret keys with the scope `ingest`, publishable keys, and feedback tokens.
    Collect,
    /// Anyone, where the playground is open; so often from one address.
    Playground,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_trusted_proxy_is_believed_and_only_for_the_last_hop() {
        let temp = tempfile::tempdir().expect("temp dir");
        let app = crate::web::routes::tests::app(temp.path()).await;
        let address = |text: &str| text.parse::<IpAddr>().expect("valid");
        let site = Site {
            app,
            rates: Rates::default(),
            opening: Opening::default(),
            room: Arc::new(tokio::sync::Semaphore::new(1)),
            trusted_proxies: vec![address("10.0.0.1"), address("10.0.0.2")],
        };
        for (peer, forwarded, expected) in [
            ("192.0.2.1", "198.51.100.1", "192.0.2.1"),
            ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
            ("10.0.0.1", "nonsense", "10.0.0.1"),
        ] {
            let mut request = axum::http::Request::new(());
            let value = forwarded.parse().expect("a header");
            request.headers_mut().insert("x-forwarded-for", value);
            request.extensions_mut().insert(Peer(address(peer)));
            let (parts, ()) = request.into_parts();
            assert_eq!(site.client_address(&parts), Some(address(expected)), "{forwarded}");
        }
    }
}
