//! `/api/projects`: the products that are measured here.

use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::model::ids::ProjectName;
use crate::model::patch::Patch;
use crate::model::reasons::{Reason, Reasons};
use crate::model::time::Timestamp;
use crate::model::zone::Zone;
use crate::store::projects::{self, Project};
use crate::store::{self, Tx};
use crate::web::body::Json;
use crate::web::caller::Caller;
use crate::web::code::Code;
use crate::web::error::{Error, Problem};

/// A project to be made.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProjectBody {
    /// 1 to 63 of `a-z 0-9 _ -`, starting with a letter or digit.
    name: String,
    /// Where its days begin and end: an IANA time zone; UTC if not given.
    zone: Option<String>,
}

/// What is to be changed of a project. Absent fields stay as they are.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProjectChangeBody {
    /// The project.
    name: String,
    /// Its new time zone: an IANA name such as `Europe/Berlin`.
    #[serde(default)]
    zone: Option<String>,
    /// Whether feedback from publishable keys is refused, and what there is of it counts nowhere.
    #[serde(default)]
    signatures_required: Option<bool>,
    /// What the form of the widget offers; `null` for the built-in reasons.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Reason>>)]
    reasons: Patch<Vec<Reason>>,
}

/// A project.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ProjectView {
    name: String,
    /// Where its days begin and end.
    #[schema(value_type = String)]
    zone: Zone,
    /// Whether feedback from publishable keys is refused, and what there is of it counts nowhere.
    signatures_required: bool,
    /// What the form of the widget offers; `null` for the built-in reasons.
    #[schema(value_type = Option<Vec<Reason>>)]
    reasons: Option<Reasons>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Project> for ProjectView {
    fn from(row: Project) -> Self {
        let Project { name, zone, signatures_required, reasons, created_at, .. } = row;
        Self { name, zone, signatures_required, reasons, created_at }
    }
}

/// Every project.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ProjectsReply {
    /// Oldest first.
    projects: Vec<ProjectView>,
}

/// One project.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ProjectReply {
    project: ProjectView,
}

/// Lists the projects that the caller may manage: the owner all, a key its own.
#[utoipa::path(get, path = "/api/projects", tag = "projects",
    responses((status = 200, body = ProjectsReply), (status = "4XX", body = Problem)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
) -> Result<axum::Json<ProjectsReply>, Error> {
    let rows = app.store.read(projects::all).await?;
    let visible = rows.into_iter().filter(|row| caller.is_owner() || row.id == caller.project);
    Ok(axum::Json(ProjectsReply { projects: visible.map(ProjectView::from).collect() }))
}

/// Makes a project. For the owner only: a key belongs to one project.
#[utoipa::path(post, path = "/api/projects", tag = "projects", request_body = ProjectBody,
    responses((status = 200, body = ProjectReply), (status = "4XX", body = Problem)))]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<ProjectBody>,
) -> Result<axum::Json<ProjectReply>, Error> {
    if !caller.is_owner() {
        let detail = "only the command line on the server can make projects";
        return Err(Error::refused(Code::OwnerOnly, detail));
    }
    let (name, now): (ProjectName, _) = (body.name.parse()?, app.now());
    let zone = body.zone.map_or(Ok(Zone::UTC), |zone| zone.parse())?;
    let wanted = name.clone();
    let make = move |tx: &Tx<'_>| {
        let id = projects::insert(tx, wanted.as_str(), &zone, now)?;
        projects::by_id(tx, id)
    };
    match app.store.write(0, make).await {
        Err(store::Error::Conflict(_)) => {
            let detail = format!("there is a project '{name}' already; choose another name");
            Err(Error::refused(Code::NameTaken, detail))
        }
        Err(error) => Err(error.into()),
        Ok(project) => Ok(axum::Json(ProjectReply { project: project.into() })),
    }
}

/// Changes a project: the owner any, a key its own. What is stored stays as it is; only what
/// counts, and the days and weeks of answers, may move.
#[utoipa::path(post, path = "/api/projects/set", tag = "projects",
    request_body = ProjectChangeBody,
    responses((status = 200, body = ProjectReply), (status = "4XX", body = Problem)))]
pub(crate) async fn set(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<ProjectChangeBody>,
) -> Result<axum::Json<ProjectReply>, Error> {
    let (name, change) = body.into_change()?;
    let (wanted, may) = (name.clone(), move |id| caller.is_owner() || id == caller.project);
    let write = move |tx: &Tx<'_>| {
        let found = projects::by_name(tx, wanted.as_str())?.filter(|row| may(row.id));
        let Some(project) = found else { return Ok(None) };
        let changed = change(project);
        projects::change(tx, &changed)?;
        Ok(Some(changed))
    };
    let changed = app.keys.change(&app.store, write).await?;
    let none = || Error::not_found(format!("there is no project '{name}' that you may change"));
    Ok(axum::Json(ProjectReply { project: changed.ok_or_else(none)?.into() }))
}

impl ProjectChangeBody {
    /// The name, and what becomes of the project of that name.
    fn into_change(self) -> Result<(ProjectName, impl FnOnce(Project) -> Project), Error> {
        let zone: Option<Zone> = self.zone.map(|zone| zone.parse()).transpose()?;
        let (signatures, reasons) = (self.signatures_required, self.reasons);
        let reasons = reasons.try_map(Reasons::parse)?;
        let change = move |row: Project| Project {
            zone: zone.unwrap_or(row.zone),
            signatures_required: signatures.unwrap_or(row.signatures_required),
            reasons: reasons.apply(row.reasons),
            ..row
        };
        Ok((self.name.parse()?, change))
    }
}
