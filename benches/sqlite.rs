//! Bare SQLite: the same rows in one table with two indexes, without HTTP, history or change log.
//! What the disk and SQLite allow, to be compared with.

use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, params};
use serde_json::Value;

/// An open database with the durable settings that the server uses.
pub(crate) struct Bare(Connection);

impl Bare {
    /// A new one.
    pub(crate) fn create(path: &Path) -> Self {
        let db = Connection::open(path).expect("a database can be made");
        db.execute_batch(
            "pragma journal_mode = wal;
             pragma synchronous = full;
             create table feedback (
                id integer primary key, message_id text not null, user_id text not null,
                feedback text not null, user_message text, assistant_response text,
                action_type text, action_data text, model text, prompt_version text,
                created_at integer not null
             ) strict;
             create unique index by_key on feedback (message_id, user_id);
             create index by_time on feedback (created_at);",
        )
        .expect("valid SQL");
        Self(db)
    }

    /// Inserts rows, so many a commit; returns the seconds that it took.
    pub(crate) fn insert(&mut self, rows: &[Value], group: usize) -> f64 {
        let start = Instant::now();
        for (n, rows) in rows.chunks(group).enumerate() {
            let tx = self.0.transaction().expect("nobody else writes");
            for (i, row) in rows.iter().enumerate() {
                let text = |name: &str| row[name].as_str();
                let data = row["action_data"].is_object().then(|| row["action_data"].to_string());
                let mut insert = tx
                    .prepare_cached(
                        "insert into feedback (message_id, user_id, feedback, user_message,
                            assistant_response, action_type, action_data, model, prompt_version,
                            created_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    )
                    .expect("valid SQL");
                insert
                    .execute(params![
                        text("message_id"),
                        text("user_id"),
                        text("feedback"),
                        text("user_message"),
                        text("assistant_response"),
                        text("action_type"),
                        data,
                        text("model"),
                        text("prompt_version"),
                        (n * group + i) as i64,
                    ])
                    .expect("a new row");
            }
            tx.commit().expect("there is room");
        }
        start.elapsed().as_secs_f64()
    }
}
