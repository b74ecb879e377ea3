//! Pages for people.

pub(super) mod docs;
pub(super) mod docs_api;
pub(super) mod front;
pub(super) mod playground;
pub(super) mod rate;
mod trend;

use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use data_encoding::BASE64;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::error::Error;
use crate::render;

/// The style sheet, part of every page: a page is one request.
const STYLE: &str = include_str!("../../../assets/static/page.css");

/// A page with what all pages need.
#[derive(Serialize)]
struct Whole<'a, P> {
    style: &'static str,
    version: &'static str,
    #[serde(flatten)]
    page: &'a P,
}

/// A script that is part of a page.
struct Script {
    text: &'static str,
}

impl Script {
    const fn new(text: &'static str) -> Self {
        Self { text }
    }
}

/// Renders a page. Its policy allows the one style sheet, by its hash, and nothing else.
fn respond(template: &str, page: &impl Serialize) -> Result<Response, Error> {
    render(template, page, "")
}

/// Renders a page with a script, by its hash, the widget, and calls to this server.
fn respond_with(template: &str, page: &impl Serialize, script: &Script) -> Result<Response, Error> {
    let hash = BASE64.encode(&Sha256::digest(script.text.as_bytes()));
    let more = format!("script-src 'self' 'sha256-{hash}'; connect-src 'self'; ");
    render(template, page, &more)
}

fn render(template: &str, page: &impl Serialize, more: &str) -> Result<Response, Error> {
    let whole = Whole { style: STYLE, version: env!("CARGO_PKG_VERSION"), page };
    let html = render::page(template, &whole).map_err(|error| Error::internal(&error))?;
    let hash = BASE64.encode(&Sha256::digest(STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; {more}base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    );
    let mut response = Html(html).into_response();
    let policy = HeaderValue::from_str(&policy).expect("base64 is visible ASCII");
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}
