//! thumbwheel collects thumbs on AI answers, explains them, and turns them into training data.
//!
//! The modules stand in layers, top layer first; a module imports only from layers above its own
//! (`tests/tidy` proves it). ARCHITECTURE.md says what each one owns.
//!
//! There is no semver promise for this Rust API. The stable surfaces are the HTTP API, the
//! configuration keys, the command line, the export formats and the SQLite schema.

pub mod model;
pub mod stats;

pub(crate) mod export;
pub(crate) mod privacy;
pub(crate) mod render;
pub(crate) mod store;
pub(crate) mod upstream;
pub(crate) mod warehouse;

pub(crate) mod demo;
pub(crate) mod insights;
pub(crate) mod interop;

pub(crate) mod config;

pub(crate) mod app;

pub(crate) mod web;

pub mod cli;
