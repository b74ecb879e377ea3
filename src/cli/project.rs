//! `thumbwheel project`: make and list projects.

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
        ProjectCommand::Create { name } => {
            client.post("/api/projects", json!({ "name": name }).to_string()).await?;
            output::talk(&format!("project '{name}' is ready"));
        }
        ProjectCommand::List(options) => {
            let reply = client.get("/api/projects").await?;
            if options.json {
                output::line(&reply.to_string())?;
            } else {
                for project in reply["projects"].as_array().into_iter().flatten() {
                    output::line(project["name"].as_str().unwrap_or_default())?;
                }
            }
        }
    }
    client.close().await;
    Ok(Done::All)
}
