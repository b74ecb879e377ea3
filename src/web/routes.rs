//! Every path of the server, once, with who may use it and how much it takes.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware;
use axum::routing::{MethodFilter, on};
use tower_http::catch_panic::CatchPanicLayer;

use super::code::Code;
use super::error::Error;
use super::rate::Rates;
use super::site::{Access, BATCH, Opening, RouteInfo, Site};
use super::{api, gate, openapi, pages, widget};
use crate::app::App;
use crate::model::key::Scope;
use Access::{Collect, Playground, Public, Scope as Needs};

/// A vote with all its texts.
const VOTE: usize = 256 << 10;
/// A response with its whole exchange.
const RESPONSE: usize = 1 << 20;
/// Anything small.
const SMALL: usize = 64 << 10;

/// Most large bodies in memory at the same time.
const LARGE_BODIES_MAX: usize = 8;

/// The whole server as a service.
pub(crate) fn router(app: App, opening: Opening, trusted_proxies: Vec<IpAddr>) -> Router {
    let room = Arc::new(tokio::sync::Semaphore::new(LARGE_BODIES_MAX));
    let site = Site { app, rates: Rates::default(), opening, room, trusted_proxies };
    let Table { router, site, .. } = Table::over(site);
    router
        .fallback(|| async { Error::not_found("there is nothing here; /docs/api lists the API") })
        .method_not_allowed_fallback(|| async {
            Error::refused(Code::MethodNotAllowed, "use the method that /docs/api names")
        })
        .layer(CatchPanicLayer::custom(|_| {
            axum::response::IntoResponse::into_response(Error::Store(crate::store::Error::Sqlite(
                "a request panicked".to_owned(),
            )))
        }))
        .layer(middleware::map_response(gate::finish))
        .with_state(site)
}

fn fill(table: &mut Table) {
    table.get("/", Public, pages::front::show);
    table.get("/health", Public, api::health::show);
    table.get("/openapi.json", Public, openapi::show);
    table.get("/docs", Public, pages::docs::index);
    table.get("/docs/api", Public, pages::docs_api::show);
    table.get("/docs/{name}", Public, pages::docs::page);
    table.get("/metrics", Needs(Scope::Admin), api::metrics::show);
    table.get("/events", Needs(Scope::Read), api::events::watch);
    table.get("/rate", Public, pages::rate::show);
    table.get("/w/{name}", Public, widget::show);
    table.get("/w/i18n/{name}", Public, widget::texts);
    table.get("/playground", Playground, pages::playground::show);
    table.post("/playground/ask", Playground, SMALL, pages::playground::ask);
    table.post("/playground/row", Playground, SMALL, pages::playground::row);
    fill_collecting(table);
    fill_understanding(table);
    fill_managing(table);
}

/// What apps and pages send.
fn fill_collecting(table: &mut Table) {
    let ingest = Needs(Scope::Ingest);
    table.post("/api/feedback", Collect, VOTE, api::feedback::record);
    table.post("/api/feedback/batch", ingest, BATCH, api::feedback::record_batch);
    table.post("/api/feedback/mine", Collect, VOTE, api::mine::mine);
    table.post("/api/feedback/form", Collect, SMALL, api::form::show);
    table.post("/api/responses", ingest, RESPONSE, api::responses::record);
    table.post("/api/responses/batch", ingest, BATCH, api::responses::record_batch);
    table.post("/api/signals", Collect, SMALL, api::signals::record);
    table.post("/api/tokens", ingest, SMALL, api::tokens::mint);
}

/// What people and programs read.
fn fill_understanding(table: &mut Table) {
    let read = Needs(Scope::Read);
    table.get("/api/feedback", read, api::feedback::list);
    table.get("/api/analytics/approval", read, api::analytics::approval::approval);
    table.get("/api/analytics/trend", read, api::analytics::trend::trend);
    table.get("/api/analytics/failures", read, api::analytics::failures::failures);
    table.get("/api/analytics/coverage", read, api::analytics::coverage::coverage);
    table.get("/api/analytics/milestones", read, api::analytics::milestones::milestones);
    table.get("/api/analytics/cohorts", read, api::analytics::cohorts::cohorts);
    table.get("/api/analytics/compare", read, api::analytics::compare::compare);
    table.post("/api/query", Needs(Scope::Sql), SMALL, api::query::run);
    table.get("/api/export", Needs(Scope::Export), api::export::stream);
}

/// What the operator does.
fn fill_managing(table: &mut Table) {
    let (admin, erase) = (Needs(Scope::Admin), Needs(Scope::Erase));
    table.post("/api/import", admin, BATCH, api::import::record);
    table.post("/api/users/erase", erase, SMALL, api::users::erase);
    table.post("/api/users/opt-out", erase, SMALL, api::users::opt_out);
    table.post("/api/users/export", erase, SMALL, api::users::export);
    table.get("/api/projects", admin, api::projects::list);
    table.post("/api/projects", admin, SMALL, api::projects::create);
    table.post("/api/projects/set", admin, SMALL, api::projects::set);
    table.get("/api/keys", admin, api::keys::list);
    table.post("/api/keys", admin, SMALL, api::keys::create);
    table.post("/api/keys/revoke", admin, SMALL, api::keys::revoke);
}

/// The router and the list of what is in it, filled together.
struct Table {
    router: Router<Arc<Site>>,
    routes: Vec<RouteInfo>,
    site: Arc<Site>,
    document: serde_json::Value,
}

impl Table {
    fn over(site: Site) -> Self {
        let mut table = Self {
            router: Router::new(),
            routes: Vec::new(),
            site: Arc::new(site),
            document: openapi::document(),
        };
        fill(&mut table);
        table
    }
}

impl Table {
    fn route(&self, method: Method, path: &'static str, access: Access, max: usize) -> RouteInfo {
        let operation = &self.document["paths"][path][method.as_str().to_lowercase()];
        let parameters = operation["parameters"].as_array();
        let takes_query = operation.is_null()
            || parameters.is_some_and(|list| list.iter().any(|it| it["in"] == "query"));
        RouteInfo { method, path, access, body_bytes_max: max, takes_query }
    }

    fn get<T: 'static>(
        &mut self,
        path: &'static str,
        access: Access,
        handler: impl Handler<T, Arc<Site>>,
    ) {
        self.add(self.route(Method::GET, path, access, 0), handler);
    }

    fn post<T: 'static>(
        &mut self,
        path: &'static str,
        access: Access,
        body_bytes_max: usize,
        handler: impl Handler<T, Arc<Site>>,
    ) {
        self.add(self.route(Method::POST, path, access, body_bytes_max), handler);
    }

    fn add<T: 'static>(&mut self, route: RouteInfo, handler: impl Handler<T, Arc<Site>>) {
        let filter = match route.method {
            Method::POST => MethodFilter::POST,
            _ => MethodFilter::GET,
        };
        let gate =
            middleware::from_fn_with_state((Arc::clone(&self.site), route.clone()), gate::pass);
        let router = std::mem::take(&mut self.router);
        self.router = router.route(route.path, on(filter, handler).route_layer(gate));
        self.routes.push(route);
    }
}

#[cfg(test)]
pub(super) mod tests;
