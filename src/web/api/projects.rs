//! `/api/projects`: the products that are measured here.

use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::model::ids::ProjectName;
use crate::model::time::Timestamp;
use crate::store::{self, projects};
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
}

/// A project.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ProjectView {
    name: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
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
    let view = |row: projects::Project| ProjectView { name: row.name, created_at: row.created_at };
    Ok(axum::Json(ProjectsReply { projects: visible.map(view).collect() }))
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
    let wanted = name.clone();
    let made = app.store.write(0, move |tx| projects::insert(tx, wanted.as_str(), now)).await;
    match made {
        Err(store::Error::Conflict(_)) => {
            let detail = format!("there is a project '{name}' already; choose another name");
            Err(Error::refused(Code::NameTaken, detail))
        }
        Err(error) => Err(error.into()),
        Ok(_) => {
            let project = ProjectView { name: name.to_string(), created_at: now };
            Ok(axum::Json(ProjectReply { project }))
        }
    }
}
