//! How a request fails: one type, shown as problem details (RFC 9457) with a `code` for programs
//! and a sentence for people.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::code::Code;
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
        /// With a status of 4xx.
        code: Code,
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
    code: Code,
    /// What is wrong and what to do.
    detail: String,
}

impl Error {
    /// A refusal with code and sentence.
    pub(crate) fn refused(code: Code, detail: impl Into<String>) -> Self {
        Self::Refused { code, detail: detail.into() }
    }

    /// 404 for a thing that was named and is not there.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::refused(Code::NotFound, detail)
    }

    /// 500 for what should never happen; the log says what did.
    pub(crate) fn internal(error: &dyn std::fmt::Display) -> Self {
        Self::Store(store::Error::Sqlite(error.to_string()))
    }

    /// 500 for an answer to another question than was asked.
    pub(crate) fn unexpected(answer: &impl std::fmt::Debug) -> Self {
        Self::internal(&format!("the warehouse answered something else: {answer:?}"))
    }

    /// The word for programs.
    pub(crate) fn code(&self) -> Code {
        use store::Error as S;
        match self {
            Self::Refused { code, .. } => *code,
            Self::Store(S::QueueFull) => Code::QueueFull,
            Self::Store(S::DiskFull) => Code::DiskFull,
            Self::Store(S::ReadOnly(_) | S::Damaged(_)) => Code::ReadOnly,
            Self::Store(S::Busy) | Self::Analyst(AnalystError::Busy) => Code::Busy,
            Self::Store(S::NotDurable(_)) => Code::NotDurable,
            Self::Store(S::Stopping) => Code::Stopping,
            Self::Store(S::Conflict(_)) => Code::Conflict,
            Self::Store(S::Sqlite(_)) => Code::Internal,
            Self::Analyst(AnalystError::Sql(_)) => Code::InvalidSql,
            Self::Analyst(AnalystError::TooLong { .. }) => Code::QueryTooSlow,
            Self::Analyst(AnalystError::TooMuch(_)) => Code::QueryTooLarge,
            Self::Analyst(AnalystError::Down(_)) => Code::AnalyticsUnavailable,
        }
    }

    /// The sentence for people; what went wrong inside is for the log, not for the caller.
    pub(crate) fn detail(&self) -> String {
        match self.code() {
            Code::Internal => {
                "something went wrong on our side; the server's log says what".to_owned()
            }
            _ => self.to_string(),
        }
    }
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
        Self::refused(Code::InvalidField, error.to_string())
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let code = self.code();
        let status = code.status();
        if status.is_server_error() {
            tracing::warn!(error = %self, ?code, "a request failed");
        }
        let problem = Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: self.detail(),
        };
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        let media_type = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, media_type);
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            // The rest of the body is not read, so nothing can follow it (RFC 9110, 15.5.14).
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
