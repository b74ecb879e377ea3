//! Projects: one AI product each; keys, users and data belong to exactly one.

use rusqlite::{Connection, Row, named_params};

use super::{Error, sql};
use crate::model::ids::ProjectId;
use crate::model::reasons::Reasons;
use crate::model::time::Timestamp;
use crate::model::zone::Zone;

const INSERT: &str = include_str!("sql/projects/insert.sql");
const BY_ID: &str = include_str!("sql/projects/by_id.sql");
const BY_NAME: &str = include_str!("sql/projects/by_name.sql");
const ZONE: &str = include_str!("sql/projects/zone.sql");
const CHANGE: &str = include_str!("sql/projects/change.sql");
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
    /// Whether feedback from publishable keys is refused, and what there is of it counts nowhere.
    pub signatures_required: bool,
    /// What the form of the widget offers; none for the built-in reasons.
    pub reasons: Option<Reasons>,
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

/// The project of that number, which exists: nothing takes one away.
pub(crate) fn by_id(db: &Connection, project: ProjectId) -> Result<Project, Error> {
    sql::one(db, BY_ID, named_params! { ":id": project.0 }, from_row)
}

/// The project of that name, if there is one.
pub(crate) fn by_name(db: &Connection, name: &str) -> Result<Option<Project>, Error> {
    sql::first(db, BY_NAME, named_params! { ":name": name }, from_row)
}

/// Stores the settings of a project. Its data stays as it is: what counts, and the days it falls
/// on, is decided on reading.
pub(crate) fn change(db: &Connection, project: &Project) -> Result<(), Error> {
    let json = |reasons| serde_json::to_string(reasons).expect("reasons serialize");
    let params = named_params! {
        ":id": project.id.0,
        ":zone": project.zone.name(),
        ":signatures_required": project.signatures_required,
        ":reasons": project.reasons.as_ref().map(json),
    };
    sql::execute(db, CHANGE, params).map(drop)
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
    let reasons: Option<String> = row.get("reasons")?;
    Ok(Project {
        id: ProjectId(row.get("id")?),
        name: row.get("name")?,
        zone: sql::word(row, "zone")?,
        signatures_required: row.get("signatures_required")?,
        reasons: reasons.as_deref().and_then(|json| serde_json::from_str(json).ok()),
        created_at: sql::time(row, "created_at")?,
    })
}
