//! Calls to other servers. Today there is one: a running thumbwheel, over its Unix socket or a URL.

pub(crate) mod call;
pub(crate) mod http;
pub(crate) mod socket;
