//! Crashes: whatever was acknowledged is there afterwards, and it is there once.

mod journal;
mod killed;
mod power_cut;
mod terminated;
