//! The HTTP edge: every route, who may call it, and how errors look. Owns axum and hyper's
//! server half; decides nothing that the layers above could.

mod api;
mod body;
mod caller;
mod error;
mod gate;
mod listen;
mod openapi;
mod pages;
mod params;
mod rate;
mod routes;
mod view;

pub(crate) use caller::Owner;
pub(crate) use listen::{Limits, serve};
pub(crate) use routes::router;

/// The server as a service that can be called without a network.
pub(crate) type Router = axum::Router;

/// A request to such a service.
pub(crate) fn request(
    parts: axum::http::request::Parts,
    body: bytes::Bytes,
) -> axum::extract::Request {
    axum::extract::Request::from_parts(parts, body.into())
}
