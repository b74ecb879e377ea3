//! Import, analyse, export, and import what was exported into an empty store: nothing changes.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::{query, rows};
use crate::support::{ALL_SCOPES, Random, Server, cli, folder, key};

const ROWS: usize = 500;
const ACTIONS: [&str; 4] = ["todo", "appointment", "reminder", "email"];

/// Rows with everything that a feedback can have, each field now and then.
fn sample() -> Vec<Value> {
    let mut random = Random::new(21);
    let optional = [
        ("user_message", json!("Add milk to my list")),
        ("assistant_response", json!("Added 'Buy milk' to your todos.\n\"Quoted\", 👍")),
        (
            "action_data",
            json!({ "list": "food", "n": 3, "tags": ["a", "b"], "deep": { "x": null } }),
        ),
        ("messages", json!([{ "role": "user", "content": "hi" }])),
        ("reasons", json!(["wrong list", "too slow"])),
        ("comment", json!("=not a formula, \"really\"\nsecond line")),
        ("correction", json!("Added milk.")),
        ("model", json!("small-1")),
        ("prompt_version", json!("v2")),
        ("conversation_id", json!("c1")),
    ];
    (0..ROWS)
        .map(|n| {
            let minute = n % 60;
            let mut row = json!({
                "message_id": format!("m{n}"),
                "feedback": if random.chance(70) { "up" } else { "down" },
                "action_type": random.pick(&ACTIONS),
                "created_at": format!("2026-10-{:02}T12:{minute:02}:00.000001Z", 1 + n % 28),
            });
            if random.chance(90) {
                row["user_id"] = format!("user-{}", random.below(50)).into();
            }
            for (name, value) in &optional {
                if random.chance(60) {
                    row[*name] = value.clone();
                }
            }
            row
        })
        .collect()
}

fn write_lines(path: &Path, rows: &[Value]) {
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    std::fs::write(path, text).expect("writable");
}

#[track_caller]
fn import(data: &Path, file: &Path) -> String {
    let path = file.to_str().expect("UTF-8");
    let output = cli(data, &["import", path, "--from", "jsonl"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    output.stderr
}

#[track_caller]
fn export(data: &Path) -> String {
    cli(data, &["export", "--format", "jsonl"]).expect(0)
}

#[test]
fn what_was_imported_comes_out_and_goes_in_again_unchanged() {
    let place = folder();
    let file = place.path().join("rows.jsonl");
    let sample = sample();
    write_lines(&file, &sample);

    let first = folder();
    import(first.path(), &file);
    let exported = export(first.path());
    assert_holds(&exported, &sample);
    import(first.path(), &file);
    assert_eq!(export(first.path()), exported, "a second import changes nothing");

    let copy = place.path().join("copy.jsonl");
    std::fs::write(&copy, &exported).expect("writable");
    let second = folder();
    import(second.path(), &copy);
    assert_same_rows(&export(second.path()), &exported);

    // The same by way of a running server.
    let third = folder();
    let server = Server::start(third.path());
    import(third.path(), &copy);
    assert_same_rows(&export(third.path()), &exported);
    let mut client = server.client_with(&key(third.path(), ALL_SCOPES));
    let over_http = client.get("/api/export?format=jsonl").expect(200);
    assert_same_rows(over_http.text(), &exported);
}

#[test]
fn what_was_imported_is_analysed_as_counting_does() {
    let place = folder();
    let file = place.path().join("rows.jsonl");
    let sample = sample();
    write_lines(&file, &sample);
    let server = Server::start(place.path());
    import(place.path(), &file);
    let mut tally: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for row in &sample {
        let (up, down) = tally.entry(row["action_type"].as_str().expect("text")).or_default();
        *if row["feedback"] == "up" { up } else { down } += 1;
    }

    let mut client = server.client_with(&key(place.path(), ALL_SCOPES));
    let summary = client.get("/api/feedback?type=summary").expect(200).json();
    let columns = ["action_type", "thumbs_up", "thumbs_down"];
    assert_eq!(counts(&summary["summary"], columns), tally);
    let approval = client.get("/api/analytics/approval?by=action_type").expect(200).json();
    assert_eq!(counts(&approval["groups"], ["key", "up", "down"]), tally);
    for row in approval["groups"].as_array().expect("a list") {
        let number = |name: &str| row[name].as_f64().unwrap_or_else(|| panic!("{name}: {row}"));
        let rate = number("up") / number("n");
        assert!((number("rate") - rate).abs() < 1e-9, "{row}");
        assert!(number("low") <= rate && rate <= number("high"), "{row}");
    }
    let sql = "select action_type, count(*) filter (feedback = 'up') as up,
        count(*) filter (feedback = 'down') as down from feedback group by all";
    let columns = ["action_type", "up", "down"];
    assert_eq!(counts(&json!(query(&mut client, sql)), columns), tally);
    let offline = {
        assert_eq!(server.terminate().0, Some(0));
        cli(place.path(), &["query", sql, "--json"]).json()
    };
    assert_eq!(counts(&json!(rows(&offline)), columns), tally);
}

/// Exact groups of bad answers, as the failures call gives them.
#[test]
fn failures_are_the_exact_groups_of_bad_answers() {
    let place = folder();
    let file = place.path().join("rows.jsonl");
    let mut lines = Vec::new();
    for (n, (text, times)) in [("wrong list", 5), ("too late", 3), ("rude", 1)].iter().enumerate() {
        for m in 0..*times {
            lines.push(json!({
                "message_id": format!("m{n}-{m}"), "feedback": "down", "user_id": "ana",
                "user_message": "Add milk", "assistant_response": text, "action_type": "todo",
            }));
        }
    }
    write_lines(&file, &lines);
    let server = Server::start(place.path());
    import(place.path(), &file);
    let mut client = server.client_with(&key(place.path(), ALL_SCOPES));
    let failures = client.get("/api/analytics/failures").expect(200).json();
    let groups = failures["failures"].as_array().expect("a list");
    let first = groups.first().expect("a group");
    assert_eq!(first["assistant_response"], "wrong list", "{first}");
    assert_eq!(first["frequency"], 5, "{first}");
}

/// CSV and Parquet hold the same rows; both can be imported again.
#[test]
fn every_format_of_all_feedback_can_be_imported_again() {
    let place = folder();
    let file = place.path().join("rows.jsonl");
    write_lines(&file, &sample());
    let first = folder();
    import(first.path(), &file);
    let exported = export(first.path());
    for format in ["csv", "parquet", "jsonl"] {
        let path = place.path().join(format!("out.{format}"));
        let path = path.to_str().expect("UTF-8");
        cli(first.path(), &["export", "--format", format, "--out", path]).expect(0);
        let second = folder();
        let output = cli(second.path(), &["import", path, "--from", format]);
        assert_eq!(output.code, Some(0), "{format}: {}", output.stderr);
        assert_same_rows(&export(second.path()), &exported);
    }
}

/// A spreadsheet must not take a user's text for a formula.
#[test]
fn csv_is_safe_to_open_in_a_spreadsheet() {
    let data = folder();
    let server = Server::start(data.path());
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    let formulas = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"];
    for (n, text) in formulas.iter().enumerate() {
        let vote = json!({ "message_id": format!("m{n}"), "feedback": "down", "comment": text });
        client.post("/api/feedback", &vote).expect(200);
    }
    let csv = cli(data.path(), &["export", "--format", "csv"]).expect(0);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let records: Vec<_> = reader.records().map(|it| it.expect("sound CSV")).collect();
    assert_eq!(records.len(), formulas.len());
    for field in records.iter().flatten() {
        assert!(!field.starts_with(['=', '+', '-', '@', '\t', '\r']), "{field:?}");
    }
}

fn counts<'a>(rows: &'a Value, [name, up, down]: [&str; 3]) -> BTreeMap<&'a str, (i64, i64)> {
    let rows = rows.as_array().unwrap_or_else(|| panic!("a list, not {rows}"));
    let row = |row: &'a Value| {
        let number = |name| row[name].as_i64().unwrap_or_else(|| panic!("{name}: {row}"));
        (row[name].as_str().expect("text"), (number(up), number(down)))
    };
    rows.iter().map(row).collect()
}

/// Every field that went in stands in the export; user ids as pseudonyms, never as they were.
#[track_caller]
fn assert_holds(exported: &str, sample: &[Value]) {
    let mut by_message = BTreeMap::new();
    for line in exported.lines() {
        let row: Value = serde_json::from_str(line).expect("each line is JSON");
        by_message.insert(row["message_id"].as_str().expect("text").to_owned(), row);
    }
    assert_eq!(by_message.len(), sample.len());
    for row in sample {
        let out = &by_message[row["message_id"].as_str().expect("text")];
        for (name, value) in row.as_object().expect("an object") {
            if name == "user_id" {
                assert_ne!(&out[name], value);
                assert!(out[name].as_str().is_some_and(|id| id.starts_with("twu_")));
            } else {
                assert_eq!(&out[name], value, "{name} of {row}");
            }
        }
    }
}

/// The same rows, apart from what only the receiving store can know: when the row came.
#[track_caller]
fn assert_same_rows(one: &str, two: &str) {
    let rows = |text: &str| -> Vec<Value> {
        let row = |line: &str| {
            let mut row: Value = serde_json::from_str(line).expect("each line is JSON");
            for own in ["id", "seq", "received_at"] {
                row.as_object_mut().expect("an object").remove(own);
            }
            row
        };
        text.lines().map(row).collect()
    };
    let (one, two) = (rows(one), rows(two));
    assert_eq!(one.len(), two.len());
    for (one, two) in one.iter().zip(&two) {
        assert_eq!(one, two);
    }
}
