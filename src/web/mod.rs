//! The HTTP edge: every route, who may call it, and how errors look. Owns axum and hyper's
//! server half; decides nothing that the layers above could.

use tower::ServiceExt;

use crate::upstream::call::{Call, Reply};
use caller::Owner;

mod api;
mod body;
mod caller;
mod code;
mod error;
mod gate;
mod listen;
mod openapi;
mod pages;
mod params;
mod rate;
mod routes;
mod site;
mod view;
mod widget;

pub(crate) use listen::{Limits, serve};
pub(crate) use routes::router;
pub(crate) use site::Opening;

/// The server as a service that can be called without a network.
pub(crate) type Router = axum::Router;

/// Calls the service in this very process, with the owner's rights.
///
/// # Errors
/// When the call has characters that HTTP cannot carry.
pub(crate) async fn call(router: &Router, call: Call) -> Result<Reply, axum::http::Error> {
    let mut request = call.into_request()?.map(axum::body::Body::new);
    request.extensions_mut().insert(Owner);
    match router.clone().oneshot(request).await {
        Ok(response) => Ok(Reply::new(response)),
        Err(never) => match never {},
    }
}
