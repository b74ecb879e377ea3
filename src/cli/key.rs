//! `thumbwheel key`: make, list and revoke API keys.

use serde_json::{Value, json};

use super::args::KeyCommand;
use super::client::Client;
use super::{Done, output};
use crate::config::Config;
use crate::model::ids::ProjectName;

/// Runs the command.
pub(super) async fn run(
    config: Config,
    project: ProjectName,
    command: KeyCommand,
) -> anyhow::Result<Done> {
    output::start_log(&config, true)?;
    let place = format!("project '{}' in {}", project.as_str(), config.data.display());
    let client = Client::connect(&config, project).await?;
    match command {
        KeyCommand::Create { scope, publishable, origin, signing } => {
            let body = match (publishable, signing) {
                (true, _) => json!({ "kind": "publishable", "origins": origin }),
                (_, true) => json!({ "kind": "signing" }),
                _ => json!({ "kind": "secret", "scopes": scope }),
            };
            let reply = client.post("/api/keys", body.to_string()).await?;
            output::line(reply["secret"].as_str().unwrap_or_default())?;
            output::talk(&format!("a key for {place}; keep it safe: it is not shown again"));
        }
        KeyCommand::List(options) => {
            let reply = client.get("/api/keys").await?;
            if options.json {
                output::line(&reply.to_string())?;
            } else {
                list(&reply)?;
            }
        }
        KeyCommand::Revoke { id } => {
            client.post("/api/keys/revoke", json!({ "id": id }).to_string()).await?;
            output::talk(&format!("key {id} is refused from now on"));
        }
    }
    client.close().await;
    Ok(Done::All)
}

fn list(reply: &Value) -> anyhow::Result<()> {
    let text = |value: &Value| match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
        other => other.as_str().unwrap_or_default().to_owned(),
    };
    for key in reply["keys"].as_array().into_iter().flatten() {
        let state = if key["revoked_at"].is_null() { "active" } else { "revoked" };
        let rights = text(&key["scopes"]) + &text(&key["origins"]);
        let (id, kind, last4) = (text(&key["id"]), text(&key["kind"]), text(&key["last4"]));
        output::line(&format!("{id}  {kind:<11}  …{last4}  {state:<7}  {rights}"))?;
    }
    Ok(())
}
