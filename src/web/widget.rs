//! `/w/…`: the widget, for pages of any origin.
//!
//! A name with the hash of its content never changes what it stands for, so that browsers keep it
//! for ever and a page can pin it (subresource integrity); `/w/v1.js` is the newest of version 1.

use std::io::Write;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use data_encoding::{BASE64, HEXLOWER};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use sha2::{Digest, Sha256, Sha384};

use super::error::Error;
use crate::render;

/// What the widget is made of; only the first has a name without a hash besides.
const SCRIPTS: [&str; 4] = ["v1.js", "form.js", "signals.js", "sync.js"];
/// Languages that it has texts in, besides English.
const LANGUAGES: [&str; 9] = [
    "ar.json", "de.json", "es.json", "fr.json", "it.json", "ja.json", "nl.json", "pt.json",
    "zh.json",
];
const TYPES: &str = "v1.d.ts";

const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// After an upgrade, pages should not ask for the parts of an older script for long.
const FOR_A_WHILE: &str = "public, max-age=300";

/// A file, ready to be sent.
struct File {
    /// Below `/w/`.
    path: String,
    media_type: &'static str,
    keep: &'static str,
    etag: String,
    plain: Bytes,
    zipped: Bytes,
}

/// How a page embeds the widget so that no other bytes run.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Embed {
    /// The path of the script on this server.
    pub(crate) src: String,
    /// For the attribute `integrity`.
    pub(crate) integrity: String,
}

static FILES: LazyLock<Vec<File>> = LazyLock::new(files);

/// The pinned script.
pub(crate) static EMBED: LazyLock<Embed> = LazyLock::new(|| {
    let script = asset("built/v1.js");
    let digest = BASE64.encode(&Sha384::digest(&script));
    let src = format!("/w/{}", hashed("v1.js", &script));
    Embed { src, integrity: format!("sha384-{digest}") }
});

fn files() -> Vec<File> {
    let script = "text/javascript; charset=utf-8";
    let (json, types) = ("application/json", "text/plain; charset=utf-8");
    let mut files = Vec::new();
    for name in SCRIPTS {
        let bytes = asset(&format!("built/{name}"));
        files.push(file(hashed(name, &bytes), script, FOR_EVER, bytes));
    }
    files.push(file(SCRIPTS[0].to_owned(), script, FOR_A_WHILE, asset("built/v1.js")));
    files.push(file(TYPES.to_owned(), types, FOR_A_WHILE, asset(TYPES)));
    for name in LANGUAGES {
        let path = format!("i18n/{name}");
        let bytes = asset(&path);
        files.push(file(path, json, FOR_A_WHILE, bytes));
    }
    let embed = serde_json::to_vec(&*EMBED).expect("two texts serialize");
    files.push(file("v1.json".to_owned(), json, FOR_A_WHILE, embed));
    files
}

fn asset(name: &str) -> Vec<u8> {
    render::asset(&format!("widget/{name}")).expect("the widget is embedded")
}

/// `v1.js` with the first twelve hexadecimal digits of the SHA-256 of its content.
fn hashed(name: &str, bytes: &[u8]) -> String {
    let digest = HEXLOWER.encode(&Sha256::digest(bytes));
    name.replacen(".js", &format!(".{}.js", &digest[..12]), 1)
}

fn file(path: String, media_type: &'static str, keep: &'static str, plain: Vec<u8>) -> File {
    let mut zip = GzEncoder::new(Vec::new(), Compression::best());
    zip.write_all(&plain).expect("in memory");
    let zipped = zip.finish().expect("in memory").into();
    // Weak, because it stands for the plain and the zipped bytes.
    let etag = format!("W/\"{}\"", &HEXLOWER.encode(&Sha256::digest(&plain))[..32]);
    File { path, media_type, keep, etag, plain: plain.into(), zipped }
}

/// Sends a script, or what stands beside it.
pub(super) async fn show(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Error> {
    send(&name, &headers)
}

/// Sends the texts of a language.
pub(super) async fn texts(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Error> {
    send(&format!("i18n/{name}"), &headers)
}

fn send(path: &str, headers: &HeaderMap) -> Result<Response, Error> {
    let file = FILES.iter().find(|file| file.path == path).ok_or_else(|| {
        Error::not_found("the widget has no such file; /w/v1.js is its newest script")
    })?;
    let says = |name: HeaderName, word: &str| {
        headers.get(name).and_then(|it| it.to_str().ok()).is_some_and(|it| it.contains(word))
    };
    let zips = says(header::ACCEPT_ENCODING, "gzip");
    let known = says(header::IF_NONE_MATCH, &file.etag);
    let mut response = match (known, zips) {
        (true, _) => StatusCode::NOT_MODIFIED.into_response(),
        (_, true) => ([(header::CONTENT_ENCODING, "gzip")], file.zipped.clone()).into_response(),
        (_, false) => file.plain.clone().into_response(),
    };
    let fixed = [
        (header::CONTENT_TYPE, file.media_type),
        (header::CACHE_CONTROL, file.keep),
        (header::ETAG, file.etag.as_str()),
        (header::VARY, "Accept-Encoding"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    for (name, value) in fixed {
        let value = HeaderValue::from_str(value).expect("visible ASCII");
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}
