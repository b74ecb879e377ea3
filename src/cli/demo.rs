//! `thumbwheel demo`: a server with made-up data in a temporary folder.

use std::path::PathBuf;

use data_encoding::HEXLOWER;

use super::args::DemoArgs;
use super::{Done, client, output, serve};
use crate::app::App;
use crate::app::keys::NewKey;
use crate::config::{self, Config};
use crate::demo;
use crate::model::ids::{ProjectId, ProjectName};
use crate::model::key::{KeyKind, Scope};
use crate::privacy::pseudonym;
use crate::store::{Error, projects, thumbs};

/// Runs the command.
pub(super) async fn run(config: Config, options: DemoArgs) -> anyhow::Result<Done> {
    output::start_log(&config, true)?;
    // Nobody can guess the name, so nobody can put a folder of theirs there first.
    let name = format!("thumbwheel-demo-{}", HEXLOWER.encode(&crate::app::random::<8>()));
    let folder = Folder(config::temporary_folder(&name));
    let config = Config { data: folder.0.clone(), ..config };
    let app = App::start(client::options(&config)).await?;
    let listener = serve::bind(&config).await?;
    let project = project(&app).await?;
    let rows = fill(&app, project, options.seed).await?;
    let key = key(&app, project).await?;
    banner(&format!("http://{}", listener.local_addr()?), rows, &key);
    serve::serve(&config, app, listener, true).await?;
    Ok(Done::All)
}

/// The data goes when the demo goes.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn project(app: &App) -> Result<ProjectId, Error> {
    let found = app.store.read(|db| projects::by_name(db, ProjectName::DEFAULT)).await?;
    Ok(found.expect("the default project exists from the first start").id)
}

/// Stores the made-up feedback; returns how many rows there are.
async fn fill(app: &App, project: ProjectId, seed: u64) -> Result<usize, Error> {
    let pepper = app.pepper.clone();
    let rows = demo::feedback(seed, app.now(), |user: u32| {
        pseudonym::of_row(&pepper, project, &user.to_le_bytes())
    });
    let n = rows.len();
    app.store
        .write(0, move |tx| {
            rows.iter().try_for_each(|new| thumbs::record(tx, project, new).map(drop))
        })
        .await?;
    Ok(n)
}

async fn key(app: &App, project: ProjectId) -> Result<String, Error> {
    let new = NewKey {
        project,
        kind: KeyKind::Secret,
        scopes: Scope::ALL.to_vec(),
        origins: Vec::new(),
        expires_at: None,
    };
    Ok(app.keys.create(&app.store, new, app.now()).await?.1)
}

fn banner(url: &str, rows: usize, key: &str) {
    output::talk(&format!(
        "thumbwheel demo: {rows} made-up feedback rows in a temporary folder
listening on {url}

  Look:      {url}
  API:       {url}/docs/api

  Vote:      curl {url}/api/feedback -H 'Authorization: Bearer {key}' \\
               -H 'Content-Type: application/json' \\
               -d '{{\"message_id\":\"m1\",\"feedback\":\"down\",\"action_type\":\"todo\"}}'
  Summary:   curl '{url}/api/feedback?type=summary' -H 'Authorization: Bearer {key}'
  Failures:  curl {url}/api/analytics/failures -H 'Authorization: Bearer {key}'
  Training:  curl {url}/api/export -H 'Authorization: Bearer {key}'

Ctrl-C ends it and removes the data."
    ));
}
