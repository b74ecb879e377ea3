//! API keys: who may call, and what for. Only a hash of each key is kept.

use rusqlite::{Connection, Row, named_params};

use super::{Error, sql};
use crate::model::ids::ProjectId;
use crate::model::key::{KeyKind, Scope};
use crate::model::time::Timestamp;

const INSERT: &str = include_str!("sql/api_keys/insert.sql");
const OF_PROJECT: &str = include_str!("sql/api_keys/of_project.sql");
const REVOKE: &str = include_str!("sql/api_keys/revoke.sql");
const REVOKED: &str = include_str!("sql/api_keys/revoked_all.sql");

/// One row of `api_keys`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiKey {
    /// The public part, by which the key is found.
    pub id: String,
    /// The project it belongs to.
    pub project: ProjectId,
    /// Secret, publishable or signing.
    pub kind: KeyKind,
    /// SHA-256 of the whole key.
    pub hash: [u8; 32],
    /// The last four characters, to tell keys apart.
    pub last4: String,
    /// What a secret key may do.
    pub scopes: Vec<Scope>,
    /// The origins (scheme, host, port) that may use a publishable key.
    pub origins: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it is refused.
    pub revoked_at: Option<Timestamp>,
    /// From when on it is refused.
    pub expires_at: Option<Timestamp>,
}

/// Stores a new key.
pub(crate) fn insert(db: &Connection, key: &ApiKey) -> Result<(), Error> {
    let params = named_params! {
        ":id": key.id,
        ":project_id": key.project.0,
        ":kind": key.kind.as_str(),
        ":hash": key.hash,
        ":last4": key.last4,
        ":scopes": to_json(&key.scopes),
        ":origins": to_json(&key.origins),
        ":created_at": key.created_at.micros(),
        ":expires_at": key.expires_at.map(Timestamp::micros),
    };
    sql::execute(db, INSERT, params).map(drop)
}

/// Every key of a project, oldest first.
pub(crate) fn of_project(db: &Connection, project: ProjectId) -> Result<Vec<ApiKey>, Error> {
    sql::all(db, OF_PROJECT, named_params! { ":project_id": project.0 }, from_row)
}

/// Refuses a key from now on. Returns whether there was such a key, not yet revoked.
pub(crate) fn revoke(
    db: &Connection,
    project: ProjectId,
    id: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    let params = named_params! {
        ":id": id,
        ":project_id": project.0,
        ":revoked_at": now.micros(),
    };
    Ok(sql::execute(db, REVOKE, params)? == 1)
}

/// Every revoked key of all projects, and since when.
pub(crate) fn revoked(db: &Connection) -> Result<Vec<(ProjectId, String, Timestamp)>, Error> {
    sql::all(db, REVOKED, &[], |row| {
        let project = ProjectId(row.get("project_id")?);
        Ok((project, row.get("id")?, sql::time(row, "revoked_at")?))
    })
}

fn to_json<T: serde::Serialize>(list: &[T]) -> String {
    serde_json::to_string(list).expect("words and text serialize")
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    let list = |column| -> rusqlite::Result<String> { row.get(column) };
    Ok(ApiKey {
        id: row.get("id")?,
        project: ProjectId(row.get("project_id")?),
        kind: sql::word(row, "kind")?,
        hash: row.get("hash")?,
        last4: row.get("last4")?,
        // A scope that a later release added and this one does not know grants nothing.
        scopes: serde_json::from_str(&list("scopes")?).unwrap_or_default(),
        origins: serde_json::from_str(&list("origins")?).unwrap_or_default(),
        created_at: sql::time(row, "created_at")?,
        revoked_at: sql::maybe_time(row, "revoked_at")?,
        expires_at: sql::maybe_time(row, "expires_at")?,
    })
}
