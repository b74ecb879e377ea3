//! The route table against the description of the API, and against callers without a key.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use tower::ServiceExt;

use super::*;
use crate::app::Options;
use crate::app::analyst::Limits;
use crate::store::Synchronous;

struct Desk {
    _temp: tempfile::TempDir,
    table: Table,
}

/// An app over a new folder, without a warehouse.
pub(in crate::web) async fn app(data: &std::path::Path) -> App {
    let options = Options {
        data: data.to_owned(),
        synchronous: Synchronous::Normal,
        program: "/nonexistent".into(),
        analyst: Limits::new(1, 64),
    };
    App::start(options).await.expect("starts")
}

async fn desk() -> Desk {
    let temp = tempfile::tempdir().expect("temp dir");
    let site = Site {
        app: app(temp.path()).await,
        rates: Rates::default(),
        opening: crate::web::Opening::default(),
        room: Arc::new(tokio::sync::Semaphore::new(1)),
        trusted_proxies: Vec::new(),
    };
    Desk { _temp: temp, table: Table::over(site) }
}

impl Desk {
    async fn call(&self, route: &RouteInfo, key: Option<&str>) -> StatusCode {
        let mut request = Request::builder().method(route.method.clone()).uri(route.path);
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let request = request.header("content-type", "application/json").body(Body::from("{}"));
        let router = self.table.router.clone().with_state(Arc::clone(&self.table.site));
        router.oneshot(request.expect("valid")).await.expect("answered").status()
    }

    async fn key(&self, scopes: &[Scope]) -> String {
        let app = &self.table.site.app;
        let new = crate::app::keys::NewKey {
            project: crate::model::ids::ProjectId(1),
            kind: crate::model::key::KeyKind::Secret,
            scopes: scopes.to_vec(),
            origins: Vec::new(),
            expires_at: None,
        };
        app.keys.create(&app.store, new, app.now()).await.expect("made").1
    }
}

#[tokio::test]
async fn every_route_refuses_a_caller_without_a_key_unless_it_is_public() {
    let desk = desk().await;
    for route in &desk.table.routes {
        let status = desk.call(route, None).await;
        match route.access {
            Access::Public => assert_ne!(status, StatusCode::UNAUTHORIZED, "{}", route.path),
            // Nobody opened it here.
            Access::Playground => assert_eq!(status, StatusCode::NOT_FOUND, "{}", route.path),
            Access::Scope(_) | Access::Collect => {
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{}", route.path);
            }
        }
    }
}

#[tokio::test]
async fn every_route_refuses_a_key_that_has_every_scope_but_its_own() {
    let desk = desk().await;
    for route in &desk.table.routes {
        let own = match route.access {
            Access::Public | Access::Playground => continue,
            Access::Scope(scope) => scope,
            Access::Collect => Scope::Ingest,
        };
        let others: Vec<_> = Scope::ALL.into_iter().filter(|scope| *scope != own).collect();
        let key = desk.key(&others).await;
        assert_eq!(desk.call(route, Some(&key)).await, StatusCode::FORBIDDEN, "{}", route.path);
        let key = desk.key(&[own]).await;
        assert_ne!(desk.call(route, Some(&key)).await, StatusCode::FORBIDDEN, "{}", route.path);
    }
}

#[tokio::test]
async fn the_description_names_every_route_and_no_other() {
    let desk = desk().await;
    let pages = ["/", "/openapi.json", "/docs", "/docs/api", "/docs/{name}", "/rate"];
    let is_page = |path: &str| {
        pages.contains(&path) || path.starts_with("/w/") || path.starts_with("/playground")
    };
    let served: BTreeSet<_> = desk
        .table
        .routes
        .iter()
        .filter(|route| !is_page(route.path))
        .map(|route| format!("{} {}", route.method.as_str().to_lowercase(), route.path))
        .collect();
    let document = openapi::document();
    let described: BTreeSet<_> = document["paths"]
        .as_object()
        .expect("an object")
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("an object").keys();
            methods.map(move |method| format!("{method} {path}"))
        })
        .collect();
    assert_eq!(served, described);
}
