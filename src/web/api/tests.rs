//! Many rows in and out, through the router: order, refusals, and the ends of pages.

use serde_json::{Value, json};

use crate::app::App;
use crate::upstream::call::{Call, Trailers};
use crate::web;
use crate::web::routes::tests::app;

struct Desk {
    _temp: tempfile::TempDir,
    app: App,
    router: web::Router,
}

async fn desk() -> Desk {
    let temp = tempfile::tempdir().expect("temp dir");
    let app = app(temp.path()).await;
    let router = web::router(app.clone(), web::Opening::default(), Vec::new());
    Desk { _temp: temp, app, router }
}

impl Desk {
    async fn import(&self, path: &str, rows: &[Value]) -> Value {
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        let call = Call::post(path, lines).with("content-type", "application/x-ndjson");
        let reply = web::call(&self.router, call).await.expect("a valid call");
        assert_eq!(reply.status, 200);
        serde_json::from_slice(&reply.whole().await.expect("whole")).expect("JSON")
    }

    async fn export(&self, query: &str) -> (Vec<String>, Trailers) {
        let call = Call::get(format!("/api/export?{query}"));
        let reply = web::call(&self.router, call).await.expect("a valid call");
        assert_eq!(reply.status, 200);
        let mut text = Vec::new();
        let trailers = reply.pieces(|bytes| {
            assert!(!bytes.is_empty(), "an empty chunk would end the transfer");
            text.extend_from_slice(&bytes);
            Ok(true)
        });
        let trailers = trailers.await.expect("whole");
        let text = String::from_utf8(text).expect("text");
        let ids = text.lines().map(|line| {
            let row: Value = serde_json::from_str(line).expect("JSON");
            row["message_id"].as_str().expect("text").to_owned()
        });
        (ids.collect(), trailers)
    }

    /// Has the database refuse whatever is said about one message.
    async fn refuse(&self, message_id: &'static str) {
        let trigger = format!(
            "create trigger refused before insert on thumbs when new.message_id = '{message_id}'
             begin select raise(abort, 'on purpose'); end"
        );
        self.app.store.write(0, move |tx| Ok(tx.execute_batch(&trigger)?)).await.expect("made");
    }

    async fn count(&self, table: &'static str) -> i64 {
        let sql = format!("select count(*) from {table}");
        let read = move |db: &crate::store::Db| Ok(db.query_row(&sql, [], |row| row.get(0))?);
        self.app.store.read(read).await.expect("read")
    }
}

fn row(n: usize, created_at: &str) -> Value {
    let message_id = format!("m{n:05}");
    json!({
        "message_id": message_id, "user_id": "ana", "feedback": "up", "user_message": "what",
        "created_at": created_at,
    })
}

#[tokio::test]
async fn a_row_that_the_database_refuses_is_told_and_spares_the_rest() {
    let desk = desk().await;
    desk.refuse("m00001").await;
    let rows: Vec<Value> = (0..3).map(|n| row(n, "2026-11-01T00:00:00Z")).collect();
    let reply = desk.import("/api/import", &rows).await;
    assert_eq!((&reply["created"], &reply["errors"][0]["index"]), (&json!(2), &json!(1)));
    assert_eq!(reply["errors"].as_array().expect("a list").len(), 1);
    for table in ["thumbs", "responses"] {
        assert_eq!(desk.count(table).await, 2, "{table}: nothing of the refused row");
    }
    let again = desk.import("/api/import", &rows).await;
    assert_eq!((&again["created"], &again["unchanged"]), (&json!(0), &json!(2)));
}

#[tokio::test]
async fn rows_of_many_jobs_keep_their_order_and_their_places() {
    let desk = desk().await;
    let jobs = super::batch::JOB_ITEMS;
    // The same thumb again and again, first and last in different jobs: the last one stands.
    let mut rows: Vec<Value> = (0..=jobs).map(|_| row(0, "2026-11-01T00:00:00Z")).collect();
    for (n, row) in rows.iter_mut().enumerate() {
        row["updated_at"] = json!("2026-11-02T00:00:00Z");
        row["comment"] = json!(format!("{n}"));
    }
    rows[jobs] = json!({"feedback": "up"});
    rows.push(row(1, "2026-11-01T00:00:00Z"));
    let strict = desk.import("/api/import?dry_run=true&strict=true", &rows).await;
    assert_eq!(strict["errors"][0]["index"], json!(jobs));
    assert_eq!(desk.count("thumbs").await, 0, "a dry run stores nothing");
    let reply = desk.import("/api/import?strict=true", &rows).await;
    assert_eq!(reply["errors"][0]["index"], json!(jobs));
    assert_eq!((&reply["created"], &reply["changed"]), (&json!(1), &json!(jobs - 1)));
    assert_eq!(desk.count("thumbs").await, 1, "nothing behind the bad row is taken");
    let last = "thumbs where comment = '3999'";
    assert_eq!(desk.count(last).await, 1);
}

#[tokio::test]
async fn an_export_of_many_pages_has_every_row_once_oldest_first() {
    let desk = desk().await;
    let n = 2 * super::export::PAGE_ROWS + 1;
    // Times fall together in groups that reach over the ends of pages.
    let at = |n: usize| format!("2026-11-01T00:{:02}:{:02}Z", n / 7 / 60 % 60, n / 7 % 60);
    let rows: Vec<Value> = (0..n).map(|n| row(n, &at(n))).collect();
    assert_eq!(desk.import("/api/import", &rows).await["created"], json!(n));
    let (ids, trailers) = desk.export("format=jsonl").await;
    let expected: Vec<String> = (0..n).map(|n| format!("m{n:05}")).collect();
    assert_eq!(ids, expected);
    assert_eq!(trailers.number("thumbwheel-written"), Some(n as u64));
    let (none, trailers) = desk.export("format=jsonl&feedback=down").await;
    assert!(none.is_empty());
    assert_eq!(trailers.number("thumbwheel-written"), Some(0));
}

#[tokio::test]
async fn a_page_of_long_texts_comes_in_pieces_and_whole() {
    let desk = desk().await;
    let rows: Vec<Value> = (0..50)
        .map(|n| {
            let mut row = row(n, "2026-11-01T00:00:00Z");
            row["assistant_response"] = json!("x".repeat(190_000));
            row
        })
        .collect();
    assert_eq!(desk.import("/api/import", &rows).await["created"], json!(50));
    let (ids, _) = desk.export("format=jsonl").await;
    assert_eq!(ids, (0..50).map(|n| format!("m{n:05}")).collect::<Vec<_>>());
}
