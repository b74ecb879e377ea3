//! Projects: one AI product each; keys, users and data belong to exactly one.

use rusqlite::{Connection, Row, named_params};

use super::{Error, sql};
use crate::model::ids::ProjectId;
use crate::model::time::Timestamp;
use crate::model::zone::Zone;

const INSERT: &str = include_str!("sql/projects/insert.sql");
const BY_NAME: &str = include_str!("sql/projects/by_name.sql");
const ZONE: &str = include_str!("sql/projects/zone.sql");
const SET_ZONE: &str = include_str!("sql/projects/set_zone.sql");
const ALL: &str = include_str!("sql/projects/all.sql");

/// One row of `projects`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Project {
    /// Row number.
    pub id: ProjectId,
    /// Unique name.
    pub name: String,
    /// Where its days begin and end.
    pub zone: Zone,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Makes a project. A taken name is a [`Error::Conflict`].
pub(crate) fn insert(
    db: &Connection,
    name: &str,
    zone: &Zone,
    now: Timestamp,
) -> Result<ProjectId, Error> {
    let params = named_params! { ":name": name, ":zone": zone.name(), ":created_at": now.micros() };
    sql::one(db, INSERT, params, |row| row.get("id").map(ProjectId))
}

/// The project of that name, if there is one.
pub(crate) fn by_name(db: &Connection, name: &str) -> Result<Option<Project>, Error> {
    sql::first(db, BY_NAME, named_params! { ":name": name }, from_row)
}

/// Changes the time zone of a project. Its data stays as it is: buckets are made on reading.
pub(crate) fn set_zone(db: &Connection, project: ProjectId, zone: &Zone) -> Result<(), Error> {
    let params = named_params! { ":id": project.0, ":zone": zone.name() };
    sql::execute(db, SET_ZONE, params).map(drop)
}

/// The time zone of a project.
pub(crate) fn zone(db: &Connection, project: ProjectId) -> Result<Zone, Error> {
    sql::one(db, ZONE, named_params! { ":id": project.0 }, |row| sql::word(row, "zone"))
}

/// Every project, oldest first.
pub(crate) fn all(db: &Connection) -> Result<Vec<Project>, Error> {
    sql::all(db, ALL, named_params! {}, from_row)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Project> {
    Ok(Project {
        id: ProjectId(row.get("id")?),
        name: row.get("name")?,
        zone: sql::word(row, "zone")?,
        created_at: sql::time(row, "created_at")?,
    })
}
