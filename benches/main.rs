//! The figures of a release: what `make bench` measures and prints as one table.
//!
//! Everything runs against the binary that `THUMBWHEEL_BIN` names, from outside, beside bare
//! SQLite on the same disk in the same run. Client and server share the machine.

mod client;
mod corpus;
mod folder;
mod intake;
mod machine;
mod questions;
mod server;
mod sqlite;
mod table;
mod tokens;

use std::io::Write;

use folder::Folder;
use table::Table;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Plan {
    /// Rows on disk for imports, exports and questions.
    rows: usize,
    /// Writes in one round of intake over one connection; more connections send more.
    writes: usize,
    /// Rounds of everything that writes or streams.
    rounds: usize,
    /// Times that each question is asked, and that the server is started.
    asks: usize,
}

const FULL: Plan = Plan { rows: 1_000_000, writes: 5_000, rounds: 5, asks: 15 };
const QUICK: Plan = Plan { rows: 100_000, writes: 2_000, rounds: 3, asks: 7 };

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| arguments.iter().any(|it| it == word);
    let plan = if has("--quick") { QUICK } else { FULL };
    let everything = !["intake", "bulk", "tokens"].iter().any(|part| has(part));
    let mut table = Table::default();
    server::measure_binary(&mut table);
    if everything || has("intake") {
        intake::measure(plan, &mut table);
    }
    if everything || has("tokens") {
        tokens::measure(plan, &mut table);
    }
    if everything || has("bulk") {
        let imported = Folder::imported(plan, &mut table);
        imported.measure_exports(plan, &mut table);
        server::measure_starts(&imported, plan, &mut table);
        questions::measure(&imported, plan, &mut table);
    }
    let text = format!("{}\n{table}", machine::description(plan.rows));
    std::io::stdout().write_all(text.as_bytes()).expect("standard output can be written");
}

/// Says on standard error what is being done.
fn talk(what: &str) {
    let _ = writeln!(std::io::stderr(), "bench: {what}");
}
