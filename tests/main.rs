//! The one integration test binary; each module is one promise.

mod analytics;
mod api;
mod backup;
mod bad_input;
mod browser;
mod contract;
mod crash;
mod demo;
mod docs;
mod doctor;
mod identity;
mod mirror;
mod playground;
mod read_your_write;
mod recipes;
mod retries;
mod settings;
mod support;
mod tidy;
mod tokens;
mod widget;
