//! Bare SQLite, to be compared with: what it and the disk allow without HTTP or any rule. The same
//! rows in one table with two indexes, or in the very tables of the server.

use std::path::Path;
use std::time::Instant;

use rusqlite::types::Value as Column;
use rusqlite::{Connection, Transaction};
use serde_json::Value;

/// Where the rows go: what makes the tables, and what each row is inserted by.
pub(crate) struct Tables(&'static [&'static str], &'static [&'static str]);

/// One table, a unique index and one by time.
pub(crate) const ONE: Tables = Tables(
    &["create table feedback (
        id integer primary key, message_id text not null, user_id text not null,
        feedback text not null, user_message text, assistant_response text, action_type text,
        action_data text, model text, prompt_version text, created_at integer not null
    ) strict;
    create unique index by_key on feedback (message_id, user_id);
    create index by_time on feedback (created_at);"],
    &["insert into feedback (message_id, user_id, feedback, user_message, assistant_response,
        action_type, action_data, model, prompt_version, created_at)
    values (:message_id, :user_id, :feedback, :user_message, :assistant_response, :action_type,
        :action_data, :model, :prompt_version, :at)"],
);

/// Response, thumb and change log, with all their indexes.
pub(crate) const OURS: Tables = Tables(
    &[
        include_str!("../migrations/V1__core.sql"),
        "insert into projects (id, name, created_at) values (1, 'default', 0)",
    ],
    &[
        "insert into responses (project_id, message_id, user_message, assistant_response,
            action_type, action_data, model, prompt_version, pattern_hash, trust, source,
            created_at, received_at)
        select 1, :message_id, :user_message, :assistant_response, :action_type, :action_data,
            :model, :prompt_version, :at, 'secret', 'api', :at, :at
        where :user_message is not null",
        "insert into change_log (project_id, table_name, row_id, op)
        select 1, 'responses', :at, 'upsert'
        where :user_message is not null",
        "insert into thumbs (project_id, message_id, user_id, feedback, trust, source, created_at,
            updated_at, received_at)
        values (1, :message_id, :user_id, :feedback, 'secret', 'api', :at, :at, :at)",
        "insert into change_log (project_id, table_name, row_id, op)
        values (1, 'thumbs', :at, 'upsert')",
    ],
);

const NAMES: [&str; 9] = [
    "message_id",
    "user_id",
    "feedback",
    "user_message",
    "assistant_response",
    "action_type",
    "action_data",
    "model",
    "prompt_version",
];

/// An open database with the durable settings that the server uses.
pub(crate) struct Bare {
    db: Connection,
    inserts: Vec<Insert>,
    rows: i64,
}

/// A statement, and which value goes into each of its places.
struct Insert {
    text: &'static str,
    values: Vec<usize>,
}

impl Bare {
    /// A new one.
    pub(crate) fn create(path: &Path, Tables(made_by, inserts): Tables) -> Self {
        let db = Connection::open(path).expect("a database can be made");
        db.execute_batch("pragma journal_mode = wal; pragma synchronous = full;").expect("set");
        for sql in made_by {
            db.execute_batch(sql).expect("valid SQL");
        }
        let insert = |text: &&'static str| {
            let statement = db.prepare(text).expect("valid SQL");
            let places = 1..=statement.parameter_count();
            let name =
                |place| statement.parameter_name(place).expect("named").trim_start_matches(':');
            let value = |place| NAMES.iter().position(|it| *it == name(place));
            let values = places.map(|place| value(place).unwrap_or(NAMES.len())).collect();
            Insert { text, values }
        };
        let inserts = inserts.iter().map(insert).collect();
        Self { db, inserts, rows: 0 }
    }

    /// Inserts rows, so many a commit; returns the seconds that it took.
    pub(crate) fn insert(&mut self, rows: &[Value], group: usize) -> f64 {
        let rows: Vec<Vec<Column>> = rows.iter().map(columns).collect();
        let start = Instant::now();
        for group in rows.chunks(group) {
            let tx = self.db.transaction().expect("nobody else writes");
            for row in group {
                self.rows += 1;
                insert(&tx, &self.inserts, row, self.rows);
            }
            tx.commit().expect("there is room");
        }
        start.elapsed().as_secs_f64()
    }
}

fn insert(tx: &Transaction<'_>, inserts: &[Insert], row: &[Column], at: i64) {
    let at = Column::Integer(at);
    for Insert { text, values } in inserts {
        let mut statement = tx.prepare_cached(text).expect("valid SQL");
        for (place, value) in (1..).zip(values) {
            let value = row.get(*value).unwrap_or(&at);
            statement.raw_bind_parameter(place, value).expect("bound");
        }
        statement.raw_execute().expect("a new row");
    }
}

/// The values of a row in the order of their names.
fn columns(row: &Value) -> Vec<Column> {
    let column = |name: &str| match &row[name] {
        Value::Null => Column::Null,
        Value::String(text) => Column::Text(text.clone()),
        other => Column::Text(other.to_string()),
    };
    NAMES.map(column).into()
}
