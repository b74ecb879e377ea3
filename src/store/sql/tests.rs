//! Every statement of the store, held against a fresh database and against the code that runs it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::store::connection::{Synchronous, open_writer};
use crate::store::folder::DataFolder;

fn store_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store")
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

fn parameters(statement: &rusqlite::Statement<'_>) -> BTreeSet<String> {
    (1..=statement.parameter_count())
        .map(|n| statement.parameter_name(n).expect("parameters have names").to_owned())
        .collect()
}

fn fresh() -> (tempfile::TempDir, rusqlite::Connection) {
    let temp = tempfile::tempdir().expect("temp dir");
    let folder = DataFolder::open(temp.path()).expect("usable");
    let now = "2026-11-23T08:00:00Z".parse().expect("valid");
    let db = open_writer(&folder, Synchronous::Normal, now).expect("opens");
    (temp, db)
}

/// How SQLite would run a statement, line by line.
fn plan(db: &rusqlite::Connection, text: &str) -> Vec<String> {
    let mut statement = db.prepare(&format!("explain query plan {text}")).expect("prepares");
    let lines = statement.raw_query().mapped(|row| row.get("detail")).collect::<Result<_, _>>();
    lines.expect("readable")
}

/// The first line of a plan that walks a whole table which grows, or all of a project in it. The
/// end of the change log is found at once.
fn walk(plan: &[String]) -> Option<&String> {
    let grows = ["thumbs", "responses", "thumbs_history", "signals", "change_log", "idempotency"];
    plan.iter().find(|line| {
        let of_project = line.ends_with("(project_id=?)") && !line.contains("change_log");
        grows.iter().any(|table| {
            **line == format!("SCAN {table}")
                || of_project && line.starts_with(&format!("SEARCH {table} "))
        })
    })
}

#[test]
fn no_statement_walks_a_table_that_grows_but_those_that_read_all_of_it() {
    let (_temp, db) = fresh();
    for path in files(&store_dir().join("sql"), "sql") {
        let text = std::fs::read_to_string(&path).expect("readable");
        let reads_all = path.file_stem().is_some_and(|it| it.to_string_lossy().ends_with("_all"));
        // A new project has nothing that its foreign keys could find.
        let plan = if path.ends_with("projects/insert.sql") { vec![] } else { plan(&db, &text) };
        if let Some(line) = walk(&plan).filter(|_| !reads_all) {
            panic!("{}: {line}\n{plan:#?}", path.display());
        }
    }
    // The check sees what it is for.
    assert!(walk(&plan(&db, "select * from thumbs where comment = 'x'")).is_some());
}

#[test]
fn every_statement_prepares_and_the_code_beside_it_binds_each_of_its_parameters() {
    let (_temp, db) = fresh();
    let statements = files(&store_dir().join("sql"), "sql");
    assert!(statements.len() > 20, "the folder was found");
    let code: Vec<_> = files(&store_dir(), "rs")
        .into_iter()
        .map(|path| std::fs::read_to_string(path).expect("readable"))
        .collect();
    for path in statements {
        let text = std::fs::read_to_string(&path).expect("readable");
        let prepared = db.prepare(&text);
        let prepared = prepared.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let relative = path.strip_prefix(store_dir()).expect("below").display().to_string();
        let owner = code.iter().find(|code| code.contains(&format!("\"{relative}\"")));
        let owner = owner.unwrap_or_else(|| panic!("nothing includes {relative}"));
        for parameter in parameters(&prepared) {
            let bound = owner.contains(&format!("\"{parameter}\""));
            assert!(bound, "{relative}: nobody binds {parameter}");
        }
    }
}

/// The columns in the order of the fields that they are read into.
const FEEDBACK: &str = "id user_id message_id conversation_id feedback user_message \
    assistant_response messages tools action_type action_data reasons comment correction model \
    prompt_version experiment variant finish_reason usage pattern_hash trust source client_ts \
    created_at updated_at received_at seq";
const RESPONSE: &str = "id message_id conversation_id user_message assistant_response messages \
    tools action_type action_data model prompt_version experiment variant finish_reason usage \
    pattern_hash trust source created_at received_at seq";

#[test]
fn whole_rows_are_selected_in_the_order_in_which_they_are_read() {
    let (_temp, db) = fresh();
    let mut checked = 0;
    for path in files(&store_dir().join("sql"), "sql") {
        let text = std::fs::read_to_string(&path).expect("readable");
        let names = db.prepare(&text).expect("prepares").column_names().join(" ");
        // What is told beside the row comes after it.
        let names = names.strip_suffix(" rated").unwrap_or(&names);
        let whole = [FEEDBACK, RESPONSE].contains(&names);
        assert!(whole || !names.contains("pattern_hash"), "{}: {names}", path.display());
        checked += usize::from(whole);
    }
    assert_eq!(checked, 11, "all that `feedback::from_row` and `responses::from_row` read");
}

#[test]
fn parameters_are_bound_by_their_names_in_whatever_order_they_come() {
    let db = rusqlite::Connection::open_in_memory().expect("opens");
    let pair = |params: super::Params<'_>| {
        super::one(&db, "select :a || :b || :a", params, |row| row.get::<_, String>(0))
    };
    for _ in 0..2 {
        assert_eq!(pair(&[(":a", &"x"), (":b", &"y")]).expect("bound"), "xyx");
        assert_eq!(pair(&[(":b", &"y"), (":a", &"x")]).expect("bound"), "xyx");
    }
    assert!(pair(&[(":a", &"x"), (":c", &"y")]).is_err(), "nobody is called that");
}

#[test]
fn a_statement_with_a_parameter_that_nobody_bound_does_not_run() {
    let db = rusqlite::Connection::open_in_memory().expect("opens");
    let run = |text| {
        let run = std::panic::AssertUnwindSafe(|| super::first(&db, text, &[], |_| Ok(())));
        std::panic::catch_unwind(run).is_ok()
    };
    assert!(!run("select :forgotten"));
    assert!(run("select 1"));
}
