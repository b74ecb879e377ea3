//! Temporary.
pub(crate) mod analyst;
pub(crate) mod mirror;
pub(crate) mod protocol;
