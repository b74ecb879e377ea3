//! `/api/signals`: implicit acts on an answer.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::once::{self, Done, Reply};
use crate::app::App;
use crate::model::Invalid;
use crate::model::signal::NewSignal;
use crate::model::time::Timestamp;
use crate::privacy::pseudonym::RawUserId;
use crate::web::body;
use crate::web::caller::{self, Caller};
use crate::web::error::{Error, Problem};

/// One signal.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignalBody {
    /// The app's id of the answer. Must be there, but for a token, which knows it.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 256)]
    message_id: Option<String>,
    /// `copy`, `regenerate`, `retry`, `edit` or `dwell`.
    signal: String,
    /// Milliseconds, for `dwell`.
    #[serde(default)]
    #[schema(minimum = 0)]
    value: Option<f64>,
    /// The user, as in `POST /api/feedback`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    user_id: Option<RawUserId>,
    /// The client's clock.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    client_ts: Option<Timestamp>,
}

/// Whether the signal was stored: not when the user has opted out (202).
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SignalReply {
    stored: bool,
}

/// Stores one signal.
#[utoipa::path(post, path = "/api/signals", tag = "signals", request_body = SignalBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "done once under this key")),
    responses((status = 200, body = SignalReply), (status = 202, body = SignalReply),
        (status = "4XX", body = Problem)))]
pub(crate) async fn record(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Error> {
    let bytes = body::json_bytes(request).await?;
    let once = once::named(&app, &caller, &headers, "signals", &bytes)?;
    let new = body::parse::<SignalBody>(&bytes)?.into_new(&app, &caller)?;
    let project = caller.project;
    let work = move |tx: &crate::store::Tx<'_>| {
        let stored = crate::store::signals::record(tx, project, &new)?;
        let status = if stored { StatusCode::OK } else { StatusCode::ACCEPTED };
        let body = serde_json::to_string(&SignalReply { stored }).expect("a reply serializes");
        let keep_for = stored.then_some(new.subject);
        Ok((Reply { status: status.as_u16(), body, keep_for }, ()))
    };
    match once::write(&app, once, bytes.len(), work).await? {
        Done::Now(reply, ()) => Ok(reply.into_response(false)),
        Done::Before(reply) => Ok(reply.into_response(true)),
        Done::Misused => Err(once::misused()),
    }
}

impl SignalBody {
    fn into_new(self, app: &App, caller: &Caller) -> Result<NewSignal, Error> {
        if self.value.is_some_and(|value| value < 0.0) {
            return Err(Invalid::new("value", "must be 0 or more").into());
        }
        let (message_id, subject) = caller::author(app, caller, self.message_id, self.user_id)?;
        Ok(NewSignal {
            message_id,
            subject,
            kind: self.signal.parse()?,
            value: self.value,
            trust: caller.trust(),
            client_ts: self.client_ts,
            received_at: app.now(),
        })
    }
}
