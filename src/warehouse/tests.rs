//! Every statement of the warehouse, held against an empty mirror and against the code that runs
//! it.

use std::path::{Path, PathBuf};

use duckdb::Connection;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/warehouse")
}

/// Every file below a folder with that ending.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|it| it == ending) {
            found.push(path);
        }
    }
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("readable")
}

/// A mirror in memory, as its writer and its readers find it.
fn empty_mirror() -> Connection {
    let db = Connection::open_in_memory().expect("opens");
    for name in ["create", "prepare_writer", "prepare_reader"] {
        let text = read(&folder().join(format!("sql/mirror/{name}.sql")));
        db.execute_batch(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    db
}

/// Statements of a file; comments hold no semicolon at the end of a line.
fn statements(text: &str) -> Vec<&str> {
    text.split(";\n").map(str::trim).filter(|it| !it.is_empty()).collect()
}

#[test]
fn every_statement_prepares_and_the_code_beside_it_binds_each_of_its_parameters() {
    let paths = files(&folder().join("sql"), "sql");
    assert!(paths.len() > 10, "the folder was found");
    let code: Vec<_> = files(&folder(), "rs").iter().map(|path| read(path)).collect();
    let filter = read(&folder().join("selection.rs"));
    for path in paths {
        let relative = path.strip_prefix(folder()).expect("below").display().to_string();
        let owner = code.iter().find(|code| code.contains(&format!("\"{relative}\")")));
        let owner = owner.unwrap_or_else(|| panic!("nothing includes {relative}"));
        // What makes the tables and macros was run above, and runs but once.
        let once = ["/create.", "/prepare_", "/leave_out_public."];
        if once.iter().any(|part| relative.contains(part)) {
            continue;
        }
        let db = empty_mirror();
        for statement in statements(&read(&path)) {
            let prepared = db.prepare(statement);
            let prepared = prepared.unwrap_or_else(|error| panic!("{relative}: {error}"));
            for n in 1..=prepared.parameter_count() {
                let name = prepared.parameter_name(n).expect("parameters have names");
                let quoted = format!("\"{name}\"");
                let bound = owner.contains(&quoted) || filter.contains(&quoted);
                assert!(bound, "{relative}: nobody binds ${name}");
            }
        }
    }
}

#[test]
fn a_statement_over_a_column_that_is_not_there_does_not_prepare() {
    assert!(empty_mirror().prepare("select mood from feedback").is_err());
    assert!(empty_mirror().prepare("select feedback from feedback").is_ok());
}

#[test]
fn the_tables_that_users_may_ask_are_documented_column_by_column() {
    let page = include_str!("../../docs/tables.md");
    let made = super::build::CREATE;
    let tables = made.split("create table ").skip(1).filter(|it| !it.starts_with("mirror_meta"));
    let mut rows = 0;
    for table in tables {
        let (name, columns) = table.split_once(" (").expect("a table has columns");
        let (columns, _) = columns.split_once(");").expect("a table ends");
        let section = page.split("\n## ").find(|it| it.starts_with(&format!("`{name}`")));
        let section = section.unwrap_or_else(|| panic!("docs/tables.md lacks {name}"));
        for column in
            columns.lines().map(str::trim).filter(|it| !it.is_empty() && !it.starts_with("--"))
        {
            let mut words = column.trim_end_matches(',').split(' ');
            let (column, kind) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
            let row = format!("| `{column}` | `{}` |", kind.to_uppercase());
            assert!(section.contains(&row), "docs/tables.md lacks {row}");
            rows += 1;
        }
    }
    assert_eq!(page.lines().filter(|line| line.starts_with("| `")).count(), rows);
}
