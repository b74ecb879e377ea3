//! Bodies: how much, how deep, and how they become typed values.

use std::io::Read;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::code::Code;
use super::error::Error;

/// Deepest nesting of arrays and objects in a body.
const DEPTH_MAX: usize = 64;

/// Reads a whole body of at most `bytes_max`, also after decompression.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
) -> Result<Bytes, Error> {
    let collected = Limited::new(body, bytes_max).collect().await.map_err(|error| {
        if error.downcast_ref::<LengthLimitError>().is_some() {
            return too_large(bytes_max);
        }
        Error::refused(Code::InvalidBody, "the body broke off; send it again")
    })?;
    let bytes = collected.to_bytes();
    match headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(bytes),
        Some(b"gzip") => gunzip(&bytes, bytes_max),
        Some(_) => Err(Error::refused(
            Code::UnsupportedEncoding,
            "only the content encoding gzip is understood; send the body plain or as gzip",
        )),
    }
}

fn gunzip(bytes: &[u8], bytes_max: usize) -> Result<Bytes, Error> {
    let mut plain = Vec::new();
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX) + 1;
    MultiGzDecoder::new(bytes)
        .take(limit)
        .read_to_end(&mut plain)
        .map_err(|_| Error::refused(Code::InvalidBody, "the body is not valid gzip"))?;
    if plain.len() > bytes_max {
        return Err(too_large(bytes_max));
    }
    Ok(plain.into())
}

fn too_large(bytes_max: usize) -> Error {
    let kib = bytes_max >> 10;
    let detail = format!("the body is larger than {kib} KiB; send less at once");
    Error::refused(Code::BodyTooLarge, detail)
}

/// What a page shows of itself, in the body.
pub(crate) enum Shown {
    /// A publishable key.
    Key(String),
    /// Feedback tokens: one to write with, or many to read with.
    Tokens(Vec<String>),
}

/// Most tokens in one body.
const TOKENS_MAX: usize = 500;

/// Takes `key`, `token` or `tokens`, and `idempotency_key`, out of a JSON body sent as
/// `text/plain`, which browsers send to other origins without asking first. The rest goes on as if
/// it had come with headers.
pub(crate) fn take_shown(headers: &mut HeaderMap, body: &[u8]) -> Result<(Shown, Bytes), Error> {
    let plain = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().to_ascii_lowercase().starts_with(b"text/plain"));
    if !plain {
        return Err(super::caller::unauthenticated());
    }
    let mut object: serde_json::Map<String, Value> = parse(body)?;
    let shown = match (object.remove("key"), object.remove("token"), object.remove("tokens")) {
        (Some(Value::String(key)), None, None) => Shown::Key(key),
        (None, Some(Value::String(token)), None) => Shown::Tokens(vec![token]),
        (None, None, Some(Value::Array(list))) => Shown::Tokens(tokens(list)?),
        _ => return Err(super::caller::unauthenticated()),
    };
    if let Some(value) = object.remove("idempotency_key") {
        let value = value
            .as_str()
            .and_then(|text| HeaderValue::from_str(text).ok())
            .ok_or_else(|| Error::refused(Code::InvalidField, "idempotency_key must be text"))?;
        headers.insert("idempotency-key", value);
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let rest = serde_json::to_vec(&object).expect("a parsed object serializes");
    Ok((shown, rest.into()))
}

fn tokens(list: Vec<Value>) -> Result<Vec<String>, Error> {
    let text = |it| match it {
        Value::String(token) => Some(token),
        _ => None,
    };
    let tokens = list.into_iter().map(text).collect::<Option<Vec<_>>>();
    tokens.filter(|list| (1..=TOKENS_MAX).contains(&list.len())).ok_or_else(|| {
        let detail = format!("tokens must be a list of 1 to {TOKENS_MAX} feedback tokens");
        Error::refused(Code::InvalidField, detail)
    })
}

/// Parses JSON that is valid, not too deep, and has only fields that we know.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    if deeper_than(bytes, DEPTH_MAX) {
        let detail = format!("the JSON is nested deeper than {DEPTH_MAX} levels; flatten it");
        return Err(Error::refused(Code::TooDeep, detail));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        if !error.is_data() {
            return Error::refused(Code::InvalidJson, format!("this is not JSON: {error}"));
        }
        Error::refused(Code::InvalidField, misfit::<T>(bytes))
    })
}

/// Which field is not as documented, and why.
fn misfit<T: DeserializeOwned>(bytes: &[u8]) -> String {
    // Once more, with a look at the way that leads there.
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut json) else {
        return "the body is not as documented".to_owned();
    };
    let path = error.path().to_string();
    let reason = without_values(&error.inner().to_string());
    // The place within one value says less than the name of the field.
    let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(head, _)| head);
    let reason = reason.replace("a sequence", "a list").replace("a map", "an object");
    match path.as_str() {
        "." => format!("the body is not as documented: {reason}"),
        _ if reason.starts_with(&path) || reason.starts_with("unknown field") => reason,
        _ => format!("{path}: {reason}"),
    }
}

/// Serde's message without the value that it did not like: it may be a raw user id.
fn without_values(message: &str) -> String {
    let Some((head, rest)) = message.split_once("invalid ") else { return message.to_owned() };
    let Some((what, tail)) = rest.rsplit_once(", expected ") else { return message.to_owned() };
    // What is left says the kind: "type: string", "value: integer", "type: map".
    let kind: String = what.chars().take_while(|c| !"\"`".contains(*c)).collect();
    format!("{head}invalid {}, expected {tail}", kind.trim_end())
}

/// Whether brackets outside of strings nest deeper than `max`.
fn deeper_than(bytes: &[u8], max: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth > max {
                    return true;
                }
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => (),
        }
    }
    false
}

/// A JSON body of a known shape.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        parse(&json_bytes(request).await?).map(Json)
    }
}

/// The bytes of a body that says it is JSON.
pub(crate) async fn json_bytes(request: Request) -> Result<Bytes, Error> {
    let declared = request.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if !declared.is_some_and(|it| it.to_ascii_lowercase().starts_with(b"application/json")) {
        return Err(Error::refused(
            Code::UnsupportedMediaType,
            "send the body as JSON with 'Content-Type: application/json'",
        ));
    }
    whole(request).await
}

/// A body as it came, already within its limits.
pub(crate) async fn whole(request: Request) -> Result<Bytes, Error> {
    let collected = request.into_body().collect().await;
    Ok(collected.expect("the gate has read the body").to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_brackets_outside_of_strings() {
        assert!(!deeper_than(b"[[1]]", 2));
        assert!(deeper_than(b"[[[1]]]", 2));
        assert!(deeper_than(br#"{"a":{"b":[1]}}"#, 2));
        assert!(!deeper_than(br#"["[[[[", "\"[[["]"#, 1));
        assert!(!deeper_than(b"[][][]", 1));
    }

    #[test]
    fn a_message_names_the_kind_of_a_wrong_value_and_not_the_value() {
        for (json, kind) in [
            (r#""ana, expected @x""#, "string"),
            ("42", "integer"),
            ("4.2", "floating point"),
            ("[]", "sequence"),
        ] {
            let error = serde_json::from_str::<bool>(json).expect_err("no truth value").to_string();
            let shown = without_values(&error);
            assert!(
                shown.contains(&format!("invalid type: {kind}, expected a boolean")),
                "{shown}"
            );
            assert!(!shown.contains("ana") && !shown.contains('4'), "{shown}");
        }
    }

    #[test]
    fn an_error_names_the_field_and_what_it_must_be() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "only its shape is looked at")]
        struct Body {
            list: Vec<String>,
            inner: Option<Box<Body>>,
        }
        for (json, detail) in [
            (r#"{"list":"secret"}"#, "list: invalid type: string, expected a list"),
            (
                r#"{"list":[],"inner":{"list":[7]}}"#,
                "inner.list[0]: invalid type: integer, expected a string",
            ),
            (r#"{"list":[],"inner":4}"#, "inner: invalid type: integer, expected struct Body"),
            ("{}", "the body is not as documented: missing field `list`"),
        ] {
            assert_eq!(misfit::<Body>(json.as_bytes()), detail);
        }
        assert!(misfit::<Body>(br#"{"lost":1}"#).starts_with("unknown field `lost`"));
    }

    #[test]
    fn a_bomb_of_zeros_is_cut_off_at_the_limit() {
        use std::io::Write;
        let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        zip.write_all(&vec![b' '; 10 << 20]).expect("in memory");
        let bomb = zip.finish().expect("in memory");
        assert!(bomb.len() < 20_000);
        assert!(gunzip(&bomb, 1 << 20).is_err());
        assert!(gunzip(&bomb, 10 << 20).is_ok());
        let twice = [bomb.as_slice(), &bomb].concat();
        let plain = gunzip(&twice, 20 << 20).expect("two members are one body");
        assert_eq!(plain.len(), 20 << 20);
    }
}
