//! The first guide, step by step: 230 thumbs over HTTP, the summary, the export, the questions.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{BEST_ACTIONS, FAILURES, TRENDING, query, rows};
use crate::support::{ALL_SCOPES, Client, Server, cli, folder, key, store};

/// Summary of the 230 thumbs, byte for byte.
const SUMMARY: &str = concat!(
    r#"{"summary":[{"action_type":"todo","total_feedback":150,"thumbs_up":135,"#,
    r#""thumbs_down":15,"approval_rate":90.0},{"action_type":"appointment","#,
    r#""total_feedback":80,"thumbs_up":75,"thumbs_down":5,"approval_rate":93.8}]}"#,
);

/// One line of the export, byte for byte.
const MILK: &str = concat!(
    r#"{"messages":[{"role":"user","content":"Add milk to my list"},"#,
    r#"{"role":"assistant","content":"Added 'Buy milk' to your todos."}],"#,
    r#""metadata":{"feedback":"up","action_type":"todo"}}"#,
);
const TRICKY: &str = concat!(
    r#"{"messages":[{"role":"user","content":"Say \"hi\"\nto </b> Zoë \\ 👍"},"#,
    r#"{"role":"assistant","content":"Hi,\tZoë \u0001"}],"#,
    r#""metadata":{"feedback":"up","action_type":"todo"}}"#,
);
const MEETING: &str = concat!(
    r#"{"messages":[{"role":"user","content":"Meet Ben on Friday"},"#,
    r#"{"role":"assistant","content":"Friday 10:00 with Ben."}],"#,
    r#""metadata":{"feedback":"up","action_type":"appointment"}}"#,
);

/// What a user said, what the AI answered, what it did.
type Exchange = (&'static str, &'static str, &'static str);

const GOOD: [Exchange; 3] = [
    ("Add milk to my list", "Added 'Buy milk' to your todos.", "todo"),
    ("Say \"hi\"\nto </b> Zoë \\ 👍", "Hi,\tZoë \u{1}", "todo"),
    ("Meet Ben on Friday", "Friday 10:00 with Ben.", "appointment"),
];
/// Bad answers and how often each was given.
const BAD: [(Exchange, usize); 5] = [
    (("Buy eggs tomorrow", "I cannot do that.", "todo"), 6),
    (("Cancel Friday", "Which Friday?", "appointment"), 5),
    (("Remind me of rent", "Added 'rent'.", "todo"), 4),
    (("Add bread", "Removed bread.", "todo"), 3),
    (("Add tea", "Removed tea.", "todo"), 2),
];

/// The 230 thumbs in the order in which they are given.
fn thumbs() -> Vec<(Exchange, &'static str)> {
    let good = [(GOOD[0], 134), (GOOD[1], 1), (GOOD[2], 75)];
    let ups = good.into_iter().flat_map(|(it, n)| std::iter::repeat_n((it, "up"), n));
    let downs = BAD.into_iter().flat_map(|(it, n)| std::iter::repeat_n((it, "down"), n));
    ups.chain(downs).collect()
}

#[track_caller]
fn give_230(client: &mut Client) {
    for (n, ((question, answer, action), thumb)) in thumbs().into_iter().enumerate() {
        let body = json!({
            "message_id": format!("msg-{n}"),
            "user_id": format!("user-{}", n % 40),
            "feedback": thumb,
            "user_message": question,
            "assistant_response": answer,
            "action_type": action,
        });
        let reply = client.post("/api/feedback", &body).expect(200).json();
        assert_eq!(reply["created"], json!(true));
        assert_eq!(reply["feedback"]["feedback"], json!(thumb));
    }
}

#[test]
fn the_summary_is_the_guides_byte_for_byte() {
    let data = folder();
    let server = Server::start(data.path());
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    let empty = client.get("/api/feedback?type=summary").expect(200);
    assert_eq!(empty.text(), r#"{"summary":[]}"#);
    give_230(&mut client);
    let summary = client.get("/api/feedback?type=summary").expect(200);
    assert_eq!(summary.text(), SUMMARY);
    assert_eq!(summary.header("content-type"), Some("application/json"));
}

#[test]
fn the_export_is_the_guides_byte_for_byte_with_and_without_a_server() {
    let data = folder();
    let server = Server::start(data.path());
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    give_230(&mut client);
    // A thumb without text, and one that was taken back, are no training examples.
    let bare = json!({ "message_id": "bare", "feedback": "up", "user_id": "ana" });
    client.post("/api/feedback", &bare).expect(200);
    let regretted = json!({
        "message_id": "regretted", "feedback": "up", "user_id": "ana",
        "user_message": "x", "assistant_response": "y", "action_type": "todo",
    });
    client.post("/api/feedback", &regretted).expect(200);
    let taken_back = json!({ "message_id": "regretted", "feedback": null, "user_id": "ana" });
    client.post("/api/feedback", &taken_back).expect(200);

    let lines = std::iter::repeat_n(MILK, 134).chain([TRICKY]);
    let expected: String =
        lines.chain(std::iter::repeat_n(MEETING, 75)).map(|line| format!("{line}\n")).collect();
    let running = cli(data.path(), &["export"]);
    assert_eq!(running.clone().expect(0), expected);
    assert!(running.stderr.contains('1'), "it says what it skipped: {}", running.stderr);
    assert_eq!(server.terminate().0, Some(0));
    assert_eq!(cli(data.path(), &["export"]).expect(0), expected);
    let file = data.path().join("out.jsonl");
    let path = file.to_str().expect("UTF-8");
    assert_eq!(cli(data.path(), &["export", "--out", path]).expect(0), "");
    assert_eq!(std::fs::read_to_string(&file).expect("written"), expected);
}

#[test]
fn the_three_questions_run_verbatim_over_http_and_on_the_command_line() {
    let data = folder();
    let server = Server::start(data.path());
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    give_230(&mut client);
    import_old_rows(&data);
    let expected =
        [(BEST_ACTIONS, best_actions(&data)), (TRENDING, trending(&data)), (FAILURES, failures())];
    for (sql, expected) in &expected {
        assert_eq!(normal(query(&mut client, sql)), *expected, "{sql}");
        let answer = cli(data.path(), &["query", sql, "--json"]).json();
        assert_eq!(normal(rows(&answer)), *expected, "{sql}");
    }
    assert_eq!(server.terminate().0, Some(0));
    for (sql, expected) in &expected {
        let answer = cli(data.path(), &["query", sql, "--json"]).json();
        assert_eq!(normal(rows(&answer)), *expected, "without a server: {sql}");
    }
}

/// Without `--json` the answer is a table for people, with the same values.
#[test]
fn a_query_without_json_prints_a_table() {
    let data = folder();
    let server = Server::start(data.path());
    give_230(&mut server.client_with(&key(data.path(), ALL_SCOPES)));
    let table = cli(data.path(), &["query", BEST_ACTIONS]).expect(0);
    for word in ["action_type", "total", "approval_rate", "todo", "150", "90.0", "93.8"] {
        assert!(table.contains(word), "{word} is missing in:\n{table}");
    }
}

/// Rows from 5, 29, 31 and 40 days ago: two of them are too old for the trend.
fn import_old_rows(data: &tempfile::TempDir) {
    let now: i64 = store::open(data.path())
        .query_row("select max(received_at) from thumbs", [], |row| row.get(0))
        .expect("readable");
    let mut lines = String::new();
    for days in [5, 29, 31, 40] {
        let then = jiff::Timestamp::from_microsecond(now - days * 86_400_000_000);
        let row = json!({
            "message_id": format!("old-{days}"), "feedback": "up", "user_id": "ana",
            "action_type": "todo", "created_at": then.expect("in range").to_string(),
        });
        lines.push_str(&format!("{row}\n"));
    }
    let file = data.path().join("old.jsonl");
    std::fs::write(&file, lines).expect("writable");
    let path = file.to_str().expect("UTF-8");
    cli(data.path(), &["import", path, "--from", "jsonl"]).expect(0);
}

/// Action type, day and thumb of every current feedback, read past the program.
fn all(data: &tempfile::TempDir) -> Vec<(String, String, bool, i64)> {
    let db = store::open(data.path());
    let sql = "select action_type, date(created_at / 1000000, 'unixepoch'), feedback = 'up',
        created_at from feedback";
    let mut statement = db.prepare(sql).expect("the view is there");
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .expect("readable");
    rows.collect::<Result<_, _>>().expect("readable")
}

/// The first question, computed by counting.
fn best_actions(data: &tempfile::TempDir) -> Vec<Value> {
    let mut tally: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for (action, _, up, _) in all(data) {
        let (ups, total) = tally.entry(action).or_default();
        *ups += i64::from(up);
        *total += 1;
    }
    let rate = |(ups, total): (i64, i64)| (1000.0 * ups as f64 / total as f64).round() / 10.0;
    let mut rows: Vec<_> = tally.into_iter().map(|(it, n)| (it, n.1, rate(n))).collect();
    rows.sort_by(|one, two| two.2.total_cmp(&one.2));
    rows.into_iter()
        .map(|(it, n, rate)| json!({ "action_type": it, "total": n, "approval_rate": rate }))
        .collect()
}

/// The second question, computed by counting.
fn trending(data: &tempfile::TempDir) -> Vec<Value> {
    let all = all(data);
    let newest = all.iter().map(|row| row.3).max().expect("there are rows");
    let recent = all.into_iter().filter(|row| row.3 > newest - 30 * 86_400_000_000);
    let mut days: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for (_, day, up, _) in recent {
        let (total, ups) = days.entry(day).or_default();
        *total += 1;
        *ups += i64::from(up);
    }
    assert!(days.len() >= 3, "today, 5 days ago and 29 days ago");
    days.into_iter()
        .map(|(day, (total, ups))| json!({ "date": day, "total_feedback": total, "positive": ups }))
        .collect()
}

/// The third question: what was posted, most frequent first, more than twice.
fn failures() -> Vec<Value> {
    BAD.into_iter()
        .filter(|(_, n)| *n > 2)
        .map(|((question, answer, action), n)| {
            json!({
                "user_message": question, "assistant_response": answer,
                "action_type": action, "frequency": n,
            })
        })
        .collect()
}

/// A day may be shown as a date or as the moment when it starts.
fn normal(rows: Vec<Value>) -> Vec<Value> {
    let day = |mut row: Value| {
        if let Some(date) = row.get("date").and_then(Value::as_str) {
            let date = date.strip_suffix("T00:00:00Z").unwrap_or(date).to_owned();
            row["date"] = date.into();
        }
        row
    };
    rows.into_iter().map(day).collect()
}
