//! `thumbwheel demo`: a server with made-up data in a temporary folder.

use std::path::PathBuf;

use data_encoding::HEXLOWER;

use super::args::DemoArgs;
use super::report::{Paper, report};
use super::{Done, client, output, serve};
use crate::app::App;
use crate::app::keys::NewKey;
use crate::app::overview::overview;
use crate::config::{self, Config};
use crate::demo::findings::{FINDINGS, Finding};
use crate::demo::{Plan, Write};
use crate::model::ids::{ProjectId, ProjectName};
use crate::model::key::{KeyKind, Scope};
use crate::store::{Error, Tx, projects};
use crate::web::Opening;

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
    let end = options.end.unwrap_or_else(|| app.now()).start_of_day();
    let plan = Plan { seed: options.seed, days: options.days, end };
    let rows = fill(&app, project, plan).await?;
    let key = key(&app, project).await?;
    let url = format!("http://{}", listener.local_addr()?);
    output::talk(&greeting(&url, rows, &plan));
    // Whoever asks at once is served at once; the report comes when the mirror is filled.
    tokio::spawn(tell(app.clone(), project, questions(&url, &key, &plan)));
    let opening = Opening { front: true, playground: Some(project) };
    serve::serve(&config, app, listener, opening).await?;
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

/// Stores what the plan says; returns how many feedback there are.
async fn fill(app: &App, project: ProjectId, plan: Plan) -> Result<usize, Error> {
    let writes = plan.writes();
    let is_feedback = |write: &&Write| matches!(write, Write::Feedback(_));
    let n = writes.iter().filter(is_feedback).count();
    let store = move |tx: &Tx<'_>| writes.into_iter().try_for_each(|it| it.store(tx, project));
    app.store.write(0, store).await?;
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

/// What was started.
fn greeting(url: &str, rows: usize, plan: &Plan) -> String {
    let end = &plan.end.to_string()[..10];
    format!(
        "thumbwheel demo: {rows} made-up feedback in a temporary folder
the same again: --seed {} --days {} --end {end}
listening on {url}
",
        plan.seed, plan.days,
    )
}

/// Shows how things stand, and then what to look for.
async fn tell(app: App, project: ProjectId, questions: String) {
    let (columns, colors) = output::terminal();
    match overview(&app, project).await {
        Ok(found) => {
            let report = found.map(|it| report(&it, Paper { columns, colors }));
            output::talk(&format!("{}\n{questions}", report.unwrap_or_default()));
        }
        Err(error) => output::complain(&error.into()),
    }
}

/// What to look for, and where.
fn questions(url: &str, key: &str, plan: &Plan) -> String {
    let commands = |finding: &Finding| -> String {
        let command = |path| format!("     curl -sH \"$AUTH\" '{url}{path}'\n");
        finding.paths(plan).into_iter().map(command).collect()
    };
    let hints: String = (1..)
        .zip(&FINDINGS)
        .map(|(n, finding)| format!("\n  {n}. {}\n{}", finding.question, commands(finding)))
        .collect();
    format!(
        "Look around
  {url}               how the answers are received
  {url}/playground    ask, click, and see it arrive
  {url}/docs/api      the API

Four things are hidden in the data. Ask with this key:
  AUTH='Authorization: Bearer {key}'
{hints}
Ctrl-C ends it and removes the data."
    )
}
