//! The laws of this repository, each one a test. ARCHITECTURE.md lists them as invariants.
//!
//! Every check is a function from a [`tree::Tree`] to a list of violations, so that it runs both
//! over this repository, where it must find none, and over a planted violation, where it must find
//! one. The checks read text, not syntax trees: they keep honest people honest, nothing more.

mod code;
mod doors;
mod files;
mod layers;
mod licences;
mod limits;
mod migrations;
mod notices;
mod prose;
mod tree;

/// Asserts that a law holds.
#[track_caller]
fn assert_clean(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

/// Asserts that a planted violation is found: one line of the report, holding `expected`.
#[track_caller]
fn assert_caught(violations: &[String], expected: &str) {
    assert!(
        violations.len() == 1 && violations[0].contains(expected),
        "expected exactly one violation with {expected:?}, got {violations:#?}"
    );
}
