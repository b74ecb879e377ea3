//! Temporary.
pub(crate) mod mirror;
pub(crate) mod protocol;
