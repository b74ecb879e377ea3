//! What every request passes on its way to a handler: who calls, how often, how much.
//!
//! The body is read here, once, within the limits of its route; handlers get it whole. What a page
//! shows of itself stands in it, so that browsers need not ask first whether they may send it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;

use super::body::Shown;
use super::caller::{self, Caller, Credential, Owner, PROJECT_HEADER};
use super::code::Code;
use super::error::Error;
use super::site::{Access, BATCH, RouteInfo, Site};
use super::{body, rate};
use crate::app::App;
use crate::model::ids::ProjectName;
use crate::model::nearest;
use crate::privacy::token;
use crate::store::projects;

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The gate of one route.
pub(crate) async fn pass(
    State((site, route)): State<(Arc<Site>, RouteInfo)>,
    request: Request,
    next: Next,
) -> Response {
    let origin = header_text(request.headers(), &header::ORIGIN).map(str::to_owned);
    let mut caller = None;
    let mut response = match admit(&site, &route, request, &mut caller).await {
        Ok(request) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    let status = response.status().as_u16().to_string();
    metrics::counter!(
        "thumbwheel_http_requests_total",
        "method" => route.method.to_string(), "route" => route.path, "status" => status
    )
    .increment(1);
    if route.access == Access::Collect {
        allow_origin(&mut response, origin);
    }
    response
}

/// Authenticates, limits and reads a request, in this order: whoever may not call costs no
/// memory. Only a page's key stands in the body, which is small on the routes for pages. The
/// caller is put into `found` as soon as it is known.
async fn admit(
    site: &Site,
    route: &RouteInfo,
    request: Request,
    found: &mut Option<Caller>,
) -> Result<Request, Error> {
    if !route.takes_query && request.uri().query().is_some_and(|query| !query.is_empty()) {
        let detail = "this path takes no query string; leave it out";
        return Err(Error::refused(Code::UnknownQueryKey, detail));
    }
    let (mut parts, raw_body) = request.into_parts();
    if route.access == Access::Playground {
        site.playground()?;
        rate::check(&site.rates, "playground", site.client_address(&parts))?;
    }
    *found = by_headers(site, route, &parts).await?;
    if let Some(caller) = found.as_ref() {
        clear(site, route, &parts, caller)?;
    } else if matches!(route.access, Access::Scope(_)) {
        return Err(caller::unauthenticated());
    }
    let mut body = Bytes::new();
    if parts.method == Method::POST {
        // Held until the answer is made: the parsed body is larger than the bytes were.
        parts.extensions.insert(Arc::new(room(site, route)?));
        let reading = body::read(&parts.headers, raw_body, route.body_bytes_max);
        body = tokio::time::timeout(BODY_TIMEOUT, reading).await.map_err(|_| {
            let detail = "the body took longer than 30 seconds to arrive; send it faster";
            Error::refused(Code::BodyTimeout, detail)
        })??;
    }
    if route.access == Access::Collect && found.is_none() {
        let (shown, rest) = body::take_shown(&mut parts.headers, &body)?;
        let origin = header_text(&parts.headers, &header::ORIGIN);
        let caller = found.insert(match shown {
            Shown::Key(key) => caller::from_key(&site.app, &key, origin)?,
            Shown::Tokens(tokens) => caller::from_tokens(&site.app, &tokens)?,
        });
        clear(site, route, &parts, caller)?;
        body = rest;
    }
    if let Some(caller) = found.as_ref() {
        parts.extensions.insert(caller.clone());
    }
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// The caller, where the connection or a header says who it is.
async fn by_headers(
    site: &Site,
    route: &RouteInfo,
    parts: &Parts,
) -> Result<Option<Caller>, Error> {
    if matches!(route.access, Access::Public | Access::Playground) {
        return Ok(None);
    }
    if let Some(caller) = from_header(&site.app, &parts.headers)? {
        return Ok(Some(caller));
    }
    match parts.extensions.get::<Owner>() {
        Some(Owner) => owner(&site.app, &parts.headers).await.map(Some),
        None => Ok(None),
    }
}

/// # Errors
/// 403 when the caller may not use the route, 429 when it calls too often.
fn clear(site: &Site, route: &RouteInfo, parts: &Parts, caller: &Caller) -> Result<(), Error> {
    authorize(route.access, caller)?;
    match &caller.credential {
        Credential::Publishable { key_id } => {
            rate::check(&site.rates, key_id, site.client_address(parts))
        }
        Credential::Signed { holder, .. } => {
            rate::check_holder(&site.rates, holder, site.client_address(parts))
        }
        Credential::Owner | Credential::Secret { .. } => Ok(()),
    }
}

/// A place for a large body; there are only so many.
fn room(site: &Site, route: &RouteInfo) -> Result<Option<OwnedSemaphorePermit>, Error> {
    if route.body_bytes_max < BATCH {
        return Ok(None);
    }
    let place = Arc::clone(&site.room).try_acquire_owned();
    place.map(Some).map_err(|_| crate::store::Error::QueueFull.into())
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
        return Err(Error::refused(Code::InvalidKey, detail));
    };
    if key.starts_with(token::PREFIX) {
        return caller::from_tokens(app, &[key.to_owned()]).map(Some);
    }
    caller::from_key(app, key, header_text(headers, &header::ORIGIN)).map(Some)
}

/// The owner, speaking of the project that the header names.
async fn owner(app: &App, headers: &HeaderMap) -> Result<Caller, Error> {
    let name: ProjectName = headers
        .get(PROJECT_HEADER)
        .map_or(Ok(ProjectName::DEFAULT), |value| value.to_str())
        .map_err(|_| Error::refused(Code::InvalidField, "the project's name is not text"))?
        .parse()?;
    let wanted = name.clone();
    let found = app.store.read(move |db| projects::by_name(db, wanted.as_str())).await?;
    let Some(found) = found else {
        let all = app.store.read(projects::all).await?;
        let meant = nearest::hint(name.as_str(), all.iter().map(|project| project.name.as_str()));
        let hint = "`thumbwheel project create` makes one";
        return Err(Error::not_found(format!("there is no project '{name}'{meant}; {hint}")));
    };
    Ok(Caller { project: found.id, credential: Credential::Owner })
}

/// # Errors
/// 403 when the caller may not use the route.
fn authorize(access: Access, caller: &Caller) -> Result<(), Error> {
    match (access, &caller.credential) {
        (Access::Public | Access::Playground, _) => Ok(()),
        (Access::Collect, _) if caller.is_page() => Ok(()),
        (Access::Collect, _) => caller.require(crate::model::key::Scope::Ingest),
        (Access::Scope(scope), _) => caller.require(scope),
    }
}

fn header_text<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Lets the page read the answer, whichever it is: a page that cannot tell a refusal from a broken
/// line would try again for ever. Browsers send no cookies along, and a key that is bound to other
/// origins was refused.
fn allow_origin(response: &mut Response, origin: Option<String>) {
    if let Some(origin) = origin
        && let Ok(origin) = HeaderValue::from_str(&origin)
    {
        let readable = HeaderValue::from_static("retry-after");
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        response.headers_mut().insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, readable);
    }
}

/// Headers that every response carries, whoever made it.
pub(crate) async fn finish(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let fixed =
        [(header::X_CONTENT_TYPE_OPTIONS, "nosniff"), (header::REFERRER_POLICY, "no-referrer")];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::VARY).or_insert(HeaderValue::from_static("Origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    ));
    response
}
