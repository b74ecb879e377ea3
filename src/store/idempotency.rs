//! Replies kept for a day: a request that comes twice is answered twice and done once.

use rusqlite::{Connection, named_params};

use super::{Error, sql};
use crate::model::ids::Subject;
use crate::model::time::{DAY_US, Timestamp};

const FIND: &str = include_str!("sql/idempotency/find.sql");
const INSERT: &str = include_str!("sql/idempotency/insert.sql");
const FORGET: &str = include_str!("sql/idempotency/forget.sql");

/// A request that wants to be done once.
#[derive(Debug, Clone)]
pub(crate) struct Once {
    /// The API key that sent it: keys do not see each other's requests.
    pub(crate) key_id: String,
    /// The caller's name for the request, 1 to 255 characters.
    pub(crate) idempotency_key: String,
    /// Keyed hash of route and body.
    pub(crate) request_hash: [u8; 32],
}

/// What is known of such a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Known {
    /// It is new.
    No,
    /// It was done: this was the reply.
    Same {
        /// HTTP status.
        status: u16,
        /// Body, JSON.
        body: String,
    },
    /// The name was used for another request.
    Different,
}

/// Looks a request up.
pub(crate) fn find(db: &Connection, once: &Once, now: Timestamp) -> Result<Known, Error> {
    let params = named_params! {
        ":key_id": once.key_id,
        ":idempotency_key": once.idempotency_key,
        ":since": now.micros() - DAY_US,
    };
    let found = sql::first(db, FIND, params, |row| {
        let hash: [u8; 32] = row.get("request_hash")?;
        Ok(if hash == once.request_hash {
            Known::Same { status: row.get("status")?, body: row.get("body")? }
        } else {
            Known::Different
        })
    })?;
    Ok(found.unwrap_or(Known::No))
}

/// Keeps a reply that speaks of `user`.
pub(crate) fn keep(
    db: &Connection,
    once: &Once,
    reply: (u16, &str),
    user: &Subject,
    now: Timestamp,
) -> Result<(), Error> {
    // A reply older than a day may still be there under the same name.
    forget(db, now)?;
    let params = named_params! {
        ":key_id": once.key_id,
        ":idempotency_key": once.idempotency_key,
        ":request_hash": once.request_hash,
        ":status": reply.0,
        ":body": reply.1,
        ":user_id": user.as_str(),
        ":created_at": now.micros(),
    };
    sql::execute(db, INSERT, params).map(drop)
}

/// Forgets the replies that are older than a day.
pub(crate) fn forget(db: &Connection, now: Timestamp) -> Result<(), Error> {
    let params = named_params! { ":before": now.micros() - DAY_US };
    sql::execute(db, FORGET, params).map(drop)
}
