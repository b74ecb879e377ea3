//! `thumbwheel project`: make, change and list projects.

use serde_json::json;

use super::args::ProjectCommand;
use super::client::Client;
use super::{Done, output};
use crate::config::Config;
use crate::model::ids::ProjectName;

/// Runs the command.
pub(super) async fn run(
    config: Config,
    project: ProjectName,
    command: ProjectCommand,
) -> anyhow::Result<Done> {
    output::start_log(&config, true)?;
    let client = Client::connect(&config, project).await?;
    match command {
        ProjectCommand::Create { name, zone } => {
            let body = json!({ "name": name, "zone": zone });
            client.post("/api/projects", body.to_string()).await?;
            output::talk(&format!("project '{name}' is ready"));
        }
        ProjectCommand::Set { name, zone } => {
            let body = json!({ "name": name, "zone": zone });
            client.post("/api/projects/set", body.to_string()).await?;
            output::talk(&format!("the days of project '{name}' are those of {zone}"));
        }
        ProjectCommand::List(options) => {
            let reply = client.get("/api/projects").await?;
            if options.json {
                output::line(&reply.to_string())?;
            } else {
                for project in reply["projects"].as_array().into_iter().flatten() {
                    let text = |key: &str| project[key].as_str().unwrap_or_default();
                    output::line(&format!("{}  {}", text("name"), text("zone")))?;
                }
            }
        }
    }
    client.close().await;
    Ok(Done::All)
}
