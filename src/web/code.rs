//! The words for programs: every code that a refused request can carry, with its status.

use axum::http::StatusCode;
use serde::Serialize;

/// Why a request was refused, as a stable word in snake case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Code {
    InvalidJson,
    InvalidBody,
    InvalidField,
    TooDeep,
    InvalidQuery,
    UnknownQueryKey,
    InvalidSql,
    TooManyBuckets,
    MissingKey,
    InvalidKey,
    ExpiredKey,
    RevokedKey,
    InvalidToken,
    ExpiredToken,
    MissingScope,
    OriginNotAllowed,
    SignatureRequired,
    OwnerOnly,
    NotFound,
    MethodNotAllowed,
    BodyTimeout,
    QueryTooSlow,
    NameTaken,
    Conflict,
    BodyTooLarge,
    UnsupportedEncoding,
    UnsupportedMediaType,
    IdempotencyKeyReused,
    QueryTooLarge,
    RateLimited,
    Internal,
    QueueFull,
    Busy,
    NotDurable,
    ReadOnly,
    Stopping,
    AnalyticsUnavailable,
    DiskFull,
}

impl Code {
    /// The one status that a code comes with.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::InvalidJson
            | Self::InvalidBody
            | Self::InvalidField
            | Self::TooDeep
            | Self::InvalidQuery
            | Self::UnknownQueryKey
            | Self::InvalidSql
            | Self::TooManyBuckets => StatusCode::BAD_REQUEST,
            Self::MissingKey
            | Self::InvalidKey
            | Self::ExpiredKey
            | Self::RevokedKey
            | Self::InvalidToken
            | Self::ExpiredToken => StatusCode::UNAUTHORIZED,
            Self::MissingScope
            | Self::OriginNotAllowed
            | Self::SignatureRequired
            | Self::OwnerOnly => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTimeout | Self::QueryTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::NameTaken | Self::Conflict => StatusCode::CONFLICT,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedEncoding | Self::UnsupportedMediaType => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Self::IdempotencyKeyReused | Self::QueryTooLarge => StatusCode::UNPROCESSABLE_ENTITY,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::QueueFull
            | Self::Busy
            | Self::NotDurable
            | Self::ReadOnly
            | Self::Stopping
            | Self::AnalyticsUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
