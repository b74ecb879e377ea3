//! Which SQL of a user may run: exactly one SELECT over the mirror's own tables.
//!
//! DuckDB's own parser decides what a statement is; this file reads its tree and refuses what
//! reaches beyond the data. It is the first wall of four: the configuration is locked and without
//! external access, the process is confined by the system, and its life ends at the wall limit.

use duckdb::named_params;
use serde_json::Value;

use super::Error;
use super::mirror::Reader;

const PARSE: &str = include_str!("sql/guard/parse.sql");

/// Longest statement, in bytes.
const SQL_BYTES_MAX: usize = 100_000;

/// The functions that may stand in FROM. All others reach for files, settings or other databases.
const TABLE_FUNCTIONS: [&str; 8] = [
    "generate_series",
    "json_each",
    "json_tree",
    "range",
    "repeat",
    "repeat_row",
    "summary",
    "unnest",
];

/// Functions that tell of the machine, or run text as SQL.
const FUNCTIONS_REFUSED: [&str; 15] = [
    "current_setting",
    "file_exists",
    "getenv",
    "getvariable",
    "glob",
    "json_deserialize_sql",
    "json_execute_serialized_sql",
    "json_serialize_plan",
    "query",
    "query_table",
    "read_blob",
    "read_text",
    "sql_auto_complete",
    "which_secret",
    "write_log",
];

/// Lets exactly one SELECT over the mirror through.
///
/// # Errors
/// `Refused` with a sentence for the one who asked.
pub(super) fn check(db: &Reader, sql: &str) -> Result<(), Error> {
    if sql.len() > SQL_BYTES_MAX {
        return refuse(format!("the statement is longer than {SQL_BYTES_MAX} bytes; shorten it"));
    }
    if sql.contains('\0') {
        return refuse("the statement contains a NUL character; remove it");
    }
    // The statement is ours, but what it parses is not.
    let trees = db
        .all(PARSE, named_params! { "sql": sql }, |row| Ok(row.get::<_, String>("tree")?))
        .map_err(Error::of_users_statement)?;
    let tree = trees.first().map_or("null", String::as_str);
    let tree: Value = serde_json::from_str(tree)
        .map_err(|_| Error::Refused("the statement is nested too deeply; simplify it".into()))?;
    if tree["error"] == Value::Bool(true) {
        let message = tree["error_message"].as_str().unwrap_or_default();
        return match tree["error_type"].as_str() {
            Some("not implemented") => refuse("only SELECT statements may be run"),
            _ => refuse(format!("Parser Error: {message}")),
        };
    }
    match tree["statements"].as_array().map(Vec::len) {
        Some(1) => walk(&tree),
        Some(0) | None => refuse("there is no statement; write one SELECT"),
        Some(_) => refuse("only one statement may be run at a time"),
    }
}

fn refuse(sentence: impl Into<String>) -> Result<(), Error> {
    Err(Error::Refused(sentence.into()))
}

/// Looks at every node of the tree.
fn walk(tree: &Value) -> Result<(), Error> {
    let mut open = vec![tree];
    while let Some(node) = open.pop() {
        match node {
            Value::Object(map) => {
                inspect(node)?;
                open.extend(map.values());
            }
            Value::Array(items) => open.extend(items),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => (),
        }
    }
    Ok(())
}

fn inspect(node: &Value) -> Result<(), Error> {
    if node["type"] == "BASE_TABLE" {
        return table(node);
    }
    if node["type"] == "TABLE_FUNCTION" {
        let name = function_name(&node["function"]);
        if !TABLE_FUNCTIONS.contains(&name.as_str()) {
            return refuse(format!(
                "the table function {name} may not be used; the tables are feedback, responses \
                 and signals"
            ));
        }
    }
    if node["class"] == "FUNCTION" {
        let name = function_name(node);
        let reads_files = name.starts_with("read_") || name.starts_with("sniff_");
        let tells = name.starts_with("pragma_") || name.starts_with("duckdb_");
        if FUNCTIONS_REFUSED.contains(&name.as_str()) || reads_files || tells {
            return refuse(format!("the function {name} may not be used"));
        }
    }
    Ok(())
}

fn function_name(node: &Value) -> String {
    node["function_name"].as_str().unwrap_or_default().to_lowercase()
}

/// A name in FROM. DuckDB reads the file of that name where there is no such table, and has
/// views of its own that tell of the machine.
fn table(node: &Value) -> Result<(), Error> {
    let name = node["table_name"].as_str().unwrap_or_default().to_lowercase();
    let schema = node["schema_name"].as_str().unwrap_or_default().to_lowercase();
    let catalog = node["catalog_name"].as_str().unwrap_or_default();
    if name.contains(['/', '\\', '.', ':', '*', '?', '[']) {
        return refuse("files may not be read; the tables are feedback, responses and signals");
    }
    let tells = ["duckdb_", "pragma_", "pg_", "sqlite_"].iter().any(|head| name.starts_with(head));
    let ours = ["", "main", "information_schema"].contains(&schema.as_str());
    if tells || !ours || !catalog.is_empty() {
        return refuse(format!(
            "{name} may not be read; the tables are feedback, responses and signals"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
