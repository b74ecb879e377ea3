//! Requests that carry an `Idempotency-Key`: done once, answered every time.
//!
//! Semantics of the IETF draft "The Idempotency-Key HTTP Header Field": the same request gets the
//! kept reply, another request under the same key is 422. The look-up, the work and the keeping
//! of the reply are one transaction of the one writer, so two copies in flight cannot both run.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::model::Invalid;
use crate::model::ids::Subject;
use crate::store;
use crate::store::idempotency::{self, Known, Once};
use crate::web::caller::Caller;
use crate::web::code::Code;
use crate::web::error::Error;

/// A finished answer to a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// JSON.
    pub(super) body: String,
    /// Whom it speaks of, if it may be kept: nothing is kept of someone who has opted out.
    pub(super) keep_for: Option<Subject>,
}

/// What became of a write that wants to be done once.
#[derive(Debug)]
pub(super) enum Done<T> {
    /// It was done now.
    Now(Reply, T),
    /// It had been done before; this was the reply.
    Before(Reply),
    /// Its key belongs to another request.
    Misused,
}

/// The name that the caller gave the request, if it did.
pub(super) fn named(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    route: &str,
    body: &[u8],
) -> Result<Option<Once>, Error> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key =
        value.to_str().ok().filter(|key| (1..=255).contains(&key.len())).ok_or_else(|| {
            Invalid::new("Idempotency-Key", "must have 1 to 255 visible ASCII characters")
        })?;
    let project = caller.project.0.to_le_bytes();
    let parts: [&[u8]; 4] = [&project, route.as_bytes(), body, caller.about().as_bytes()];
    Ok(Some(Once {
        key_id: caller.key_id().to_owned(),
        idempotency_key: key.to_owned(),
        request_hash: app.pepper.mac("thumbwheel/request/v1", &parts),
    }))
}

/// # Errors
/// 400 when a request whose parts are done one by one wants to be done once.
pub(super) fn refuse(headers: &HeaderMap) -> Result<(), Error> {
    if headers.contains_key("idempotency-key") {
        let rule = "must be left out here: give each feedback a user_id, and sending it again \
                    changes nothing";
        return Err(Invalid::new("Idempotency-Key", rule).into());
    }
    Ok(())
}

/// Does a piece of work in the writer, once.
pub(super) async fn write<T: Send + 'static>(
    app: &App,
    once: Option<Once>,
    bytes: usize,
    work: impl FnOnce(&store::Tx<'_>) -> Result<(Reply, T), store::Error> + Send + 'static,
) -> Result<Done<T>, Error> {
    let now = app.now();
    let done = app.store.write(bytes, move |tx| {
        let Some(once) = once else {
            return work(tx).map(|(reply, it)| Done::Now(reply, it));
        };
        match idempotency::find(tx, &once, now)? {
            Known::Same { status, body } => {
                Ok(Done::Before(Reply { status, body, keep_for: None }))
            }
            Known::Different => Ok(Done::Misused),
            Known::No => {
                let (reply, it) = work(tx)?;
                if let Some(user) = &reply.keep_for {
                    let kept = (reply.status, reply.body.as_str());
                    idempotency::keep(tx, &once, kept, user, now)?;
                }
                Ok(Done::Now(reply, it))
            }
        }
    });
    Ok(done.await?)
}

/// The 422 for a key that was used for something else.
pub(super) fn misused() -> Error {
    Error::refused(
        Code::IdempotencyKeyReused,
        "this Idempotency-Key was used for another request; use a new one",
    )
}

impl Reply {
    /// The reply as it goes out. `replayed` marks one that was kept.
    pub(super) fn into_response(self, replayed: bool) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = (status, self.body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if replayed {
            headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
        }
        response
    }
}
