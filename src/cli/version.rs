//! `thumbwheel version`: which program this is.

use serde_json::json;

use super::args::JsonArgs;
use super::{Done, output};

/// Runs the command.
pub(super) fn run(options: JsonArgs) -> anyhow::Result<Done> {
    let (version, commit) = (env!("CARGO_PKG_VERSION"), env!("THUMBWHEEL_COMMIT"));
    let (target, duckdb) = (env!("THUMBWHEEL_TARGET"), env!("THUMBWHEEL_DUCKDB"));
    let sqlite = crate::store::connection::sqlite_version();
    if options.json {
        let all = json!({
            "version": version,
            "commit": commit,
            "target": target,
            "sqlite": sqlite,
            "duckdb": crate::warehouse::version(),
            "duckdb_linked": duckdb,
        });
        output::line(&all.to_string())?;
    } else {
        let engine = crate::warehouse::version();
        output::line(&format!(
            "thumbwheel {version} ({commit}, {target}; SQLite {sqlite}, DuckDB {engine} {duckdb})"
        ))?;
    }
    Ok(Done::All)
}
