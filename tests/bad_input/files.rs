//! Files for `import` that are not as documented.

use std::path::PathBuf;

use serde_json::json;

use crate::support::{Output, cli, folder};

const GOOD: &str = r#"{"message_id":"m1","feedback":"up","user_id":"ana"}"#;

/// A data folder and a place for files beside it.
struct Desk {
    place: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { place: folder() }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path: PathBuf = self.place.path().join(name);
        std::fs::write(&path, bytes).expect("writable");
        path.to_str().expect("UTF-8").to_owned()
    }

    #[track_caller]
    fn import(&self, arguments: &[&str]) -> Output {
        let all = [&["import"], arguments].concat();
        cli(&self.place.path().join("data"), &all)
    }

    #[track_caller]
    fn stored(&self) -> u64 {
        let data = self.place.path().join("data");
        let sql = "select count(*) as n from feedback";
        let answer = cli(&data, &["query", sql, "--json"]).json();
        answer["rows"][0]["n"].as_u64().expect("a number")
    }
}

#[test]
fn bad_lines_are_reported_by_number_and_good_ones_kept() {
    let desk = Desk::new();
    let lines = [
        GOOD.to_owned(),
        "not json".to_owned(),
        r#"{"message_id":"m3","feedback":"sideways"}"#.to_owned(),
        String::new(),
        r#"{"feedback":"up"}"#.to_owned(),
        r#"{"message_id":"m6","feedback":"down","unknown":1}"#.to_owned(),
        r#"{"message_id":"m7","feedback":"down","created_at":"yesterday"}"#.to_owned(),
        json!({ "message_id": "m8", "feedback": "down" }).to_string(),
    ];
    let path = desk.file("rows.jsonl", lines.join("\n").as_bytes());
    let output = desk.import(&[&path, "--from", "jsonl"]);
    assert_eq!(output.code, Some(1), "some lines were not taken: {}", output.stderr);
    for number in [2, 3, 5, 6, 7] {
        let told = output.stderr.contains(&format!("line {number}"));
        assert!(told, "line {number} is not named: {}", output.stderr);
    }
    for number in [1, 4, 8] {
        assert!(!output.stderr.contains(&format!("line {number}:")), "{}", output.stderr);
    }
    assert_eq!(desk.stored(), 2);
}

#[test]
fn strict_stops_at_the_first_bad_line() {
    let desk = Desk::new();
    let bad = r#"{"message_id":"m2","feedback":"sideways"}"#;
    let last = GOOD.replace("m1", "m3");
    let path = desk.file("rows.jsonl", format!("{GOOD}\n{bad}\n{last}\n").as_bytes());
    let output = desk.import(&[&path, "--from", "jsonl", "--strict"]);
    assert_eq!(output.code, Some(1), "{}", output.stderr);
    assert!(output.stderr.contains("line 2"), "{}", output.stderr);
    let stored = cli(&desk.place.path().join("data"), &["export", "--format", "jsonl"]).expect(0);
    assert!(!stored.contains("m3"), "nothing behind the bad line is taken: {stored}");
}

#[test]
fn files_of_the_wrong_kind_are_refused_and_nothing_is_stored() {
    let cases: [(&str, &str, Vec<u8>); 9] = [
        ("noise as JSONL", "jsonl", (0..=255).cycle().take(2_000).collect()),
        ("noise as Parquet", "parquet", (0..=255).cycle().take(2_000).collect()),
        ("half a Parquet", "parquet", b"PAR1xxxxxxxx".to_vec()),
        ("nothing as Parquet", "parquet", Vec::new()),
        ("CSV without our columns", "csv", b"a,b,c\n1,2,3\n".to_vec()),
        ("CSV with a bad thumb", "csv", b"message_id,feedback\nm1,sideways\n".to_vec()),
        ("CSV with a short line", "csv", b"message_id,feedback\nm1\n".to_vec()),
        ("CSV as JSONL", "jsonl", b"message_id,feedback\nm1,up\n".to_vec()),
        ("a line without an end", "jsonl", vec![b'['; 3 << 20]),
    ];
    for (name, format, bytes) in cases {
        let desk = Desk::new();
        let path = desk.file("rows", &bytes);
        let output = desk.import(&[&path, "--from", format]);
        assert_eq!(output.code, Some(1), "{name}: {}", output.stderr);
        assert!(output.stderr.trim().len() > 15, "{name}: {}", output.stderr);
        assert!(!output.stderr.contains("panicked"), "{name}: {}", output.stderr);
        assert!(output.stderr.len() < 100_000, "{name}: a flood of messages");
        assert_eq!(desk.stored(), 0, "{name}");
    }
}

#[test]
fn an_empty_file_is_no_error() {
    let desk = Desk::new();
    let path = desk.file("rows.jsonl", b"");
    desk.import(&[&path, "--from", "jsonl"]).expect(0);
    assert_eq!(desk.stored(), 0);
}

#[test]
fn a_dry_run_reports_the_same_and_stores_nothing() {
    let desk = Desk::new();
    let path = desk.file("rows.jsonl", format!("{GOOD}\nnot json\n").as_bytes());
    let output = desk.import(&[&path, "--from", "jsonl", "--dry-run"]);
    assert_eq!(output.code, Some(1), "{}", output.stderr);
    assert!(output.stderr.contains("line 2"), "{}", output.stderr);
    assert_eq!(desk.stored(), 0);
}

/// Columns under other names are told by `--map`.
#[test]
fn foreign_column_names_are_mapped_and_unknown_ones_refused() {
    let desk = Desk::new();
    let csv = b"id,rating,who\nm1,up,ana\nm2,down,ben\n";
    let path = desk.file("rows.csv", csv);
    let unmapped = desk.import(&[&path, "--from", "csv"]);
    assert_eq!(unmapped.code, Some(1), "{}", unmapped.stderr);
    assert_eq!(desk.stored(), 0);
    let map = ["--map", "message_id=id", "--map", "feedback=rating", "--map", "user_id=who"];
    desk.import(&[&[&*path, "--from", "csv"], &map[..]].concat()).expect(0);
    assert_eq!(desk.stored(), 2);
}
