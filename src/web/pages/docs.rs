//! `/docs`: the documents of this version, so that they are at hand without a network.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::render::document::{self, Document, Section};
use crate::web::error::Error;

/// A document beside the list of all.
#[derive(Serialize)]
struct Page {
    document: Document,
    address: String,
    contents: Vec<Section>,
}

/// Shows what there is to read.
pub(in crate::web) async fn index() -> Result<Response, Error> {
    show("index", "/docs".to_owned())
}

/// Shows a document, or its Markdown where the name ends so.
pub(in crate::web) async fn page(Path(name): Path<String>) -> Result<Response, Error> {
    match name.strip_suffix(".md") {
        None => show(&name, format!("/docs/{name}")),
        Some(name) => {
            let text = document::source(name).ok_or_else(missing)?;
            Ok(([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], text).into_response())
        }
    }
}

fn show(name: &str, address: String) -> Result<Response, Error> {
    let document = document::document(name).ok_or_else(missing)?;
    super::respond("docs.html", &Page { document, address, contents: document::contents() })
}

fn missing() -> Error {
    Error::not_found("there is no such document; /docs lists them all")
}
