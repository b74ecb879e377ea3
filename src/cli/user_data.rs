//! `thumbwheel user-data`: what a person may ask of the operator.

use std::io::{self, BufRead, IsTerminal};

use anyhow::Context;
use serde_json::{Value, json};

use super::args::{EraseArgs, UserArgs, UserDataCommand};
use super::client::Client;
use super::output::Usage;
use super::{Done, output};
use crate::config::Config;
use crate::model::ids::ProjectName;
use crate::store::DataFolder;

/// Runs the command.
pub(super) async fn run(
    config: Config,
    project: ProjectName,
    command: UserDataCommand,
) -> anyhow::Result<Done> {
    output::start_log(&config, true)?;
    if let UserDataCommand::Erase(options) = &command
        && !confirmed(options)?
    {
        output::talk("nothing was erased");
        return Ok(Done::Partly);
    }
    let client = Client::connect_to_data(&config, project).await?;
    match command {
        UserDataCommand::Export(user) => {
            let reply = client.post("/api/users/export", body(&user, &json!({}))?).await?;
            output::line(&serde_json::to_string_pretty(&reply)?)?;
        }
        UserDataCommand::Erase(options) => {
            let reply = client.post("/api/users/erase", body(&options.user, &json!({}))?).await?;
            if options.json {
                output::line(&reply.to_string())?;
            }
            tell_erased(&reply);
            forget(&config, &client).await;
        }
        UserDataCommand::OptOut(user) => {
            client.post("/api/users/opt-out", body(&user, &json!({ "opted_out": true }))?).await?;
            output::talk("nothing more is stored of this user; what is stored stays");
        }
        UserDataCommand::OptIn(user) => {
            client.post("/api/users/opt-out", body(&user, &json!({ "opted_out": false }))?).await?;
            output::talk("what this user sends is stored again");
        }
    }
    client.close().await;
    Ok(Done::All)
}

/// Whether the user of this command means it. Only a terminal is asked.
fn confirmed(options: &EraseArgs) -> anyhow::Result<bool> {
    if options.yes {
        return Ok(true);
    }
    if options.user.id == "-" || !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        let text =
            "erasing cannot be undone, and this is no terminal to ask at; confirm with --yes";
        return Err(Usage(text.to_owned()).into());
    }
    output::talk("Erase everything of this user? It cannot be undone. Type yes:");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).context("cannot read the answer")?;
    Ok(answer.trim() == "yes")
}

/// The body of a call about a user, with more fields. The id stands in it and nowhere else.
fn body(user: &UserArgs, more: &Value) -> anyhow::Result<String> {
    let mut body = more.clone();
    body["user_id"] = named(&user.id)?.into();
    Ok(body.to_string())
}

/// The user id that was typed, or the one on stdin.
pub(super) fn named(id: &str) -> anyhow::Result<String> {
    if id != "-" {
        return Ok(id.to_owned());
    }
    let mut id = String::new();
    io::stdin().lock().read_line(&mut id).context("cannot read stdin")?;
    id.truncate(id.trim_end_matches(['\n', '\r']).len());
    Ok(id)
}

/// Waits until the mirror has forgotten, too: whoever asked may end this process right after.
async fn forget(config: &Config, client: &Client) {
    let mirrored = DataFolder::find(&config.data).is_some_and(|it| it.mirror_dir().exists());
    let question = json!({ "sql": "select count(*) as n from feedback" }).to_string();
    if mirrored && let Err(error) = client.post("/api/query", question).await {
        output::talk(&format!(
            "warning: the mirror still holds it ({error:#}) and forgets at the next question"
        ));
    }
}

fn tell_erased(reply: &Value) {
    let n = |field: &str| reply[field].as_u64().unwrap_or(0);
    output::talk(&format!(
        "erased {} feedback in {} states, {} answers and {} signals; backups and files \
         that were exported before still hold them",
        n("thumbs"),
        n("history"),
        n("responses"),
        n("signals"),
    ));
}
