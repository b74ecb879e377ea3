//! How a request fails: one type, shown as problem details (RFC 9457) with a `code` for programs
//! and a sentence for people.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::app::AskError;
use crate::app::analyst::AnalystError;
use crate::model::Invalid;
use crate::store;

/// Why a request was not done. Nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The request itself is at fault: the caller can mend it.
    #[error("{detail}")]
    Refused {
        /// 4xx.
        status: StatusCode,
        /// A stable word for programs.
        code: &'static str,
        /// What is wrong and what to do.
        detail: String,
    },
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The analyst could not answer.
    #[error(transparent)]
    Analyst(#[from] AnalystError),
}

/// The body of a failed request, `application/problem+json`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Problem {
    /// Always `about:blank`: the code says which problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The HTTP status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// A stable word for programs.
    code: &'static str,
    /// What is wrong and what to do.
    detail: String,
}

impl Error {
    /// A refusal with status, code and sentence.
    pub(crate) fn refused(
        status: StatusCode,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self::Refused { status, code, detail: detail.into() }
    }

    /// 400 with a code.
    pub(crate) fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::refused(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 404 for a thing that was named and is not there.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::refused(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// 500 for what should never happen; the log says what did.
    pub(crate) fn internal(error: &dyn std::fmt::Display) -> Self {
        Self::Store(store::Error::Sqlite(error.to_string()))
    }

    /// 500 for an answer to another question than was asked.
    pub(crate) fn unexpected(answer: &impl std::fmt::Debug) -> Self {
        Self::internal(&format!("the warehouse answered something else: {answer:?}"))
    }

    /// Status and code.
    fn classify(&self) -> (StatusCode, &'static str) {
        use store::Error as S;
        match self {
            Self::Refused { status, code, .. } => (*status, code),
            Self::Store(error) => match error {
                S::QueueFull => (StatusCode::SERVICE_UNAVAILABLE, "queue_full"),
                S::DiskFull => (StatusCode::INSUFFICIENT_STORAGE, "disk_full"),
                S::ReadOnly(_) | S::Damaged(_) => (StatusCode::SERVICE_UNAVAILABLE, "read_only"),
                S::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
                S::NotDurable(_) => (StatusCode::SERVICE_UNAVAILABLE, "not_durable"),
                S::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
                S::Conflict(_) => (StatusCode::CONFLICT, "conflict"),
                S::Sqlite(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            },
            Self::Analyst(error) => classify_analyst(error),
        }
    }

    /// The code and sentence, for a place in a batch.
    pub(crate) fn code_and_detail(&self) -> (&'static str, String) {
        let (status, code) = self.classify();
        (code, detail(self, status))
    }
}

fn classify_analyst(error: &AnalystError) -> (StatusCode, &'static str) {
    match error {
        AnalystError::Sql(_) => (StatusCode::BAD_REQUEST, "invalid_sql"),
        AnalystError::TooLong { .. } => (StatusCode::REQUEST_TIMEOUT, "query_too_slow"),
        AnalystError::TooMuch(_) => (StatusCode::UNPROCESSABLE_ENTITY, "query_too_large"),
        AnalystError::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
        AnalystError::Down(_) => (StatusCode::SERVICE_UNAVAILABLE, "analytics_unavailable"),
    }
}

/// The sentence; what went wrong inside is for the log, not for the caller.
fn detail(error: &Error, status: StatusCode) -> String {
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        return "something went wrong on our side; the server's log says what".to_owned();
    }
    error.to_string()
}

impl From<AskError> for Error {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Store(error) => Self::Store(error),
            AskError::Analyst(error) => Self::Analyst(error),
        }
    }
}

impl From<Invalid> for Error {
    fn from(error: Invalid) -> Self {
        Self::bad_request("invalid_field", error.to_string())
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, code) = self.classify();
        if status.is_server_error() {
            tracing::warn!(error = %self, code, "a request failed");
        }
        let problem = Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: detail(&self, status),
        };
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        let media_type = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, media_type);
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
