//! The three questions of a newcomer: why is nothing saved, why does nothing show, why is the
//! export empty.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::{doctor, doctor_with};
use crate::support::{cli, folder, key};

#[track_caller]
fn import(data: &Path, rows: &[Value], more: &[&str]) {
    let place = folder();
    let file = place.path().join("rows.jsonl");
    let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    fs::write(&file, lines).expect("written");
    cli(data, &[&["import", file.to_str().expect("UTF-8")], more].concat()).expect(0);
}

/// Feedback of today with everything that it can have, changed as told.
fn row(n: usize, change: &Value) -> Value {
    let mut row = json!({
        "message_id": format!("m{n}"), "user_id": format!("u{n}"), "feedback": "up",
        "action_type": "todo", "user_message": "Add milk", "assistant_response": "Added.",
    });
    for (name, value) in change.as_object().expect("an object") {
        row[name] = value.clone();
    }
    // What is null here is not sent at all.
    row.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    row
}

fn rows(n: usize, change: &Value) -> Vec<Value> {
    (0..n).map(|n| row(n, change)).collect()
}

#[test]
fn keys_that_cannot_save_feedback_are_told() {
    let data = folder();
    import(data.path(), &rows(1, &json!({})), &[]);
    doctor(data.path()).warning("keys", "no key yet");
    let read = key(data.path(), "read,export");
    doctor(data.path()).problem("keys", "scope ingest");
    let id = read.split('_').nth(2).expect("tw_sk_ID_…");
    cli(data.path(), &["key", "revoke", id]).expect(0);
    doctor(data.path()).problem("keys", "revoked");
    crate::support::publishable_key(data.path(), "https://app.example");
    doctor(data.path()).ok("keys", "https://app.example");
}

#[test]
fn feedback_in_another_project_is_found() {
    let data = folder();
    key(data.path(), "ingest");
    doctor(data.path()).warning("received", "no feedback was received yet");
    cli(data.path(), &["project", "create", "assistant"]).expect(0);
    import(data.path(), &rows(3, &json!({})), &["--project", "assistant"]);
    doctor(data.path()).warning("received", "project 'assistant' has 3");
    let other = doctor_with(data.path(), &[], &["--project", "assistant"]);
    other.ok("received", "3 feedback");
    let typo = doctor_with(data.path(), &[], &["--project", "asistant"]);
    typo.problem("project", "did you mean 'assistant'");
}

#[test]
fn feedback_that_is_old_late_or_from_the_future_is_told() {
    let data = folder();
    key(data.path(), "ingest");
    import(data.path(), &rows(2, &json!({ "created_at": "2025-03-01T00:00:00Z" })), &[]);
    doctor(data.path()).warning("window", "2025-03-01");
    let set = |us: i64| {
        let db = Connection::open(data.path().join("thumbwheel.db")).expect("opens");
        db.execute("update thumbs set received_at = ?", [us]).expect("set");
    };
    set(1_767_225_600_000_000);
    doctor(data.path()).warning("received", "days ago");
    set(4_000_000_000_000_000);
    doctor(data.path()).problem("clock", "2096");
}

#[test]
fn feedback_without_its_answer_or_kind_is_told() {
    let data = folder();
    key(data.path(), "ingest");
    let bare = json!({ "user_message": null, "assistant_response": null, "action_type": null });
    import(data.path(), &rows(4, &bare), &[]);
    let found = doctor(data.path());
    found.warning("action_types", "4 of 4");
    found.warning("export", "none of 4 thumbs up has its texts");
    // Answers were logged, under other ids.
    import(data.path(), &[row(9, &json!({}))], &[]);
    doctor(data.path()).warning("matched", "4 of 5");
    doctor(data.path()).warning("export", "1 of 5 thumbs up");
    cli(data.path(), &["user-data", "opt-out", "u9"]).expect(0);
    doctor(data.path()).ok("opt_outs", "opted out");
}

#[test]
fn an_export_that_would_be_empty_says_why() {
    let data = folder();
    key(data.path(), "ingest");
    doctor(data.path()).warning("export", "there is no feedback");
    import(data.path(), &rows(3, &json!({ "feedback": "down" })), &[]);
    doctor(data.path()).warning("export", "none of 3 feedback is a thumbs up");
}

#[test]
fn a_warehouse_that_cannot_answer_is_a_problem() {
    let data = folder();
    key(data.path(), "ingest");
    import(data.path(), &rows(2, &json!({})), &[]);
    doctor(data.path()).ok("warehouse", "counts 2 feedback");
    let mirror = data.path().join("mirror");
    fs::remove_dir_all(&mirror).expect("it was made");
    fs::write(&mirror, "in the way").expect("written");
    doctor(data.path()).problem("warehouse", "no answer");
}
