//! Calls to other servers. Today there is one: a running thumbwheel, over its Unix socket.

pub(crate) mod call;
pub(crate) mod socket;
