//! Statistics: pure functions from counts to estimates, each with its source beside it.
//!
//! Imports nothing of the product. Every estimate comes with its interval.

pub mod difference;
pub mod pace;
pub mod proportion;
