//! `thumbwheel licenses`: the licence of this program and of everything inside it.

use super::{Done, output};

/// In the order in which they are printed.
const LISTINGS: [&str; 3] = [
    include_str!("../../LICENSE"),
    include_str!("../../assets/licenses/bundled.txt"),
    include_str!("../../assets/licenses/crates.txt"),
];

/// Runs the command.
pub(super) fn run() -> anyhow::Result<Done> {
    let line = "=".repeat(80);
    output::line(&LISTINGS.map(str::trim_end).join(&format!("\n\n{line}\n\n")))?;
    Ok(Done::All)
}
