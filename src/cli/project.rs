//! `thumbwheel project`: make, change and list projects.

use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};

use super::args::{ProjectCommand, Signatures};
use super::client::Client;
use super::output::Usage;
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
        ProjectCommand::Set { name, zone, signatures, reasons } => {
            let mut body = json!({ "name": name });
            if let Some(zone) = zone {
                body["zone"] = json!(zone);
            }
            if let Some(signatures) = signatures {
                body["signatures_required"] = json!(signatures == Signatures::Required);
            }
            if let Some(file) = reasons {
                body["reasons"] = read_json(&file)?;
            }
            client.post("/api/projects/set", body.to_string()).await?;
            output::talk(&format!("project '{name}' is changed"));
        }
        ProjectCommand::List(options) => {
            let reply = client.get("/api/projects").await?;
            if options.json {
                output::line(&reply.to_string())?;
            } else {
                for project in reply["projects"].as_array().into_iter().flatten() {
                    let text = |key: &str| project[key].as_str().unwrap_or_default();
                    let signed = project["signatures_required"].as_bool().unwrap_or_default();
                    let note = if signed { "  signatures required" } else { "" };
                    output::line(&format!("{}  {}{note}", text("name"), text("zone")))?;
                }
            }
        }
    }
    client.close().await;
    Ok(Done::All)
}

fn read_json(file: &Path) -> anyhow::Result<Value> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {shown}"))?;
    serde_json::from_str(&text)
        .map_err(|error| Usage(format!("{shown} is not JSON: {error}")).into())
}
