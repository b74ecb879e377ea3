//! The HTTP API, one noun a file: parse, one call, show.

pub(super) mod analytics;
pub(super) mod batch;
pub(super) mod events;
pub(super) mod export;
pub(super) mod feedback;
pub(super) mod fields;
pub(super) mod form;
pub(super) mod health;
pub(super) mod import;
pub(super) mod keys;
pub(super) mod metrics;
pub(super) mod mine;
pub(super) mod once;
pub(super) mod projects;
pub(super) mod query;
pub(super) mod responses;
pub(super) mod signals;
pub(super) mod tokens;
pub(super) mod users;

#[cfg(test)]
mod tests;
