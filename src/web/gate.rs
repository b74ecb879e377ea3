//! What every request passes on its way to a handler: who calls, how often, how much.
//!
//! The body is read here, once, within the limits of its route; handlers get it whole.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::caller::{self, Caller, Credential, Owner, PROJECT_HEADER};
use super::error::Error;
use super::site::{Access, BATCH, RouteInfo, Site};
use super::{body, rate};
use crate::app::App;
use crate::model::ids::ProjectName;

/// The address that a request came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The gate of one route.
pub(crate) async fn pass(
    State((site, route)): State<(Arc<Site>, RouteInfo)>,
    request: Request,
    next: Next,
) -> Response {
    let origin = header_text(request.headers(), &header::ORIGIN).map(str::to_owned);
    let (response, caller) = match admit(&site, &route, request).await {
        Ok((request, caller)) => (next.run(request).await, caller),
        Err(error) => (error.into_response(), None),
    };
    let status = response.status().as_u16().to_string();
    metrics::counter!(
        "thumbwheel_http_requests_total",
        "method" => route.method.to_string(), "route" => route.path, "status" => status
    )
    .increment(1);
    finish(response, origin, caller.as_ref())
}

/// Authenticates, limits and reads a request.
async fn admit(
    site: &Site,
    route: &RouteInfo,
    request: Request,
) -> Result<(Request, Option<Caller>), Error> {
    let app = &site.app;
    if !route.takes_query && request.uri().query().is_some_and(|query| !query.is_empty()) {
        let detail = "this path takes no query string; leave it out";
        return Err(Error::bad_request("unknown_query_key", detail));
    }
    let (mut parts, raw_body) = request.into_parts();
    let mut caller = match route.access {
        Access::Public => None,
        Access::Scope(_) | Access::Collect => from_header(app, &parts.headers)?,
    };
    if caller.is_none() && parts.extensions.get::<Owner>().is_some() {
        caller = Some(owner(app, &parts.headers).await?);
    }
    let mut body = Bytes::new();
    if parts.method == Method::POST {
        let _room = room(site, route)?;
        let reading = body::read(&parts.headers, raw_body, route.body_bytes_max);
        body = tokio::time::timeout(BODY_TIMEOUT, reading).await.map_err(|_| {
            let detail = "the body took longer than 30 seconds to arrive; send it faster";
            Error::refused(StatusCode::REQUEST_TIMEOUT, "body_timeout", detail)
        })??;
        if route.access == Access::Collect && caller.is_none() {
            let (key, rest) = body::take_key(&mut parts.headers, &body)?;
            let origin = header_text(&parts.headers, &header::ORIGIN);
            caller = Some(caller::from_key(app, &key, origin)?);
            body = rest;
        }
    }
    if let Some(caller) = &caller {
        authorize(route.access, caller)?;
        if let Credential::Publishable { key_id } = &caller.credential {
            rate::check(&site.rates, key_id, parts.extensions.get::<Peer>().map(|peer| peer.0))?;
        }
        parts.extensions.insert(caller.clone());
    } else if route.access != Access::Public {
        return Err(caller::unauthenticated());
    }
    Ok((Request::from_parts(parts, Body::from(body)), caller))
}

/// A place for a large body while it is read; there are only so many.
fn room<'s>(
    site: &'s Site,
    route: &RouteInfo,
) -> Result<Option<tokio::sync::SemaphorePermit<'s>>, Error> {
    if route.body_bytes_max < BATCH {
        return Ok(None);
    }
    site.room.try_acquire().map(Some).map_err(|_| crate::store::Error::QueueFull.into())
}

/// The caller by the Authorization header, if there is one.
fn from_header(app: &App, headers: &HeaderMap) -> Result<Option<Caller>, Error> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let key = value.to_str().ok().and_then(|text| {
        let (scheme, key) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
    });
    let Some(key) = key else {
        let detail = "the Authorization header must read 'Bearer' and an API key";
        return Err(Error::refused(StatusCode::UNAUTHORIZED, "invalid_key", detail));
    };
    caller::from_key(app, key, header_text(headers, &header::ORIGIN)).map(Some)
}

/// The owner, speaking of the project that the header names.
async fn owner(app: &App, headers: &HeaderMap) -> Result<Caller, Error> {
    let name: ProjectName = headers
        .get(PROJECT_HEADER)
        .map_or(Ok(ProjectName::DEFAULT), |value| value.to_str())
        .map_err(|_| Error::bad_request("invalid_field", "the project's name is not text"))?
        .parse()?;
    let wanted = name.clone();
    let found = app
        .store
        .read(move |db| crate::store::projects::by_name(db, wanted.as_str()))
        .await?
        .ok_or_else(|| {
            let hint = "`thumbwheel project create` makes one";
            Error::not_found(format!("there is no project '{name}'; {hint}"))
        })?;
    Ok(Caller { project: found.id, credential: Credential::Owner })
}

/// # Errors
/// 403 when the caller may not use the route.
fn authorize(access: Access, caller: &Caller) -> Result<(), Error> {
    match (access, &caller.credential) {
        (Access::Public, _) | (Access::Collect, Credential::Publishable { .. }) => Ok(()),
        (Access::Collect, _) => caller.require(crate::model::key::Scope::Ingest),
        (Access::Scope(scope), _) => caller.require(scope),
    }
}

fn header_text<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Headers that every response carries, and the one that lets an allowed page read it.
fn finish(mut response: Response, origin: Option<String>, caller: Option<&Caller>) -> Response {
    let headers = response.headers_mut();
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::VARY, "Origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    ));
    let publishable =
        caller.is_some_and(|caller| matches!(caller.credential, Credential::Publishable { .. }));
    // The key was accepted from this origin, so the page there may read the answer.
    if let Some(origin) = origin.filter(|_| publishable)
        && let Ok(origin) = HeaderValue::from_str(&origin)
    {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response
}
