//! `thumbwheel token`: feedback tokens for scripts, and for links in messages.

use serde_json::json;

use super::args::TokenCommand;
use super::client::Client;
use super::{Done, output, user_data};
use crate::config::Config;
use crate::model::ids::ProjectName;

/// Runs the command.
pub(super) async fn run(
    config: Config,
    project: ProjectName,
    command: TokenCommand,
) -> anyhow::Result<Done> {
    output::start_log(&config, true)?;
    let TokenCommand::Mint(options) = command;
    let user_id = options.user_id.as_deref().map(user_data::named).transpose()?;
    let body = json!({
        "message_id": options.message_id, "user_id": user_id, "days": options.days,
    });
    let client = Client::connect(&config, project).await?;
    let reply = client.post("/api/tokens", body.to_string()).await?;
    if options.json {
        output::line(&reply.to_string())?;
    } else {
        output::line(reply["token"].as_str().unwrap_or_default())?;
    }
    client.close().await;
    Ok(Done::All)
}
