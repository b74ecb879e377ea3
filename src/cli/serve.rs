//! `thumbwheel serve`: the server.

use std::future::Future;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::{Done, client, output};
use crate::app::App;
use crate::config::Config;
use crate::model::ids::{ProjectId, ProjectName};
use crate::model::key::KeyKind;
use crate::model::zone::Zone;
use crate::store::{Tx, api_keys, projects};
use crate::web::{self, Opening};

/// Runs the command.
pub(super) async fn run(config: Config) -> anyhow::Result<Done> {
    huge_pages(false);
    output::start_log(&config, false)?;
    let app = App::start(client::options(&config)).await?;
    let listener = bind(&config).await?;
    let url = format!("http://{}", listener.local_addr()?);
    output::talk(&format!(
        "thumbwheel {} with the data in {}\nlistening on {url}\nAPI reference: {url}/docs/api",
        env!("CARGO_PKG_VERSION"),
        app.folder.root().display(),
    ));
    let opening = Opening { front: false, playground: playground(&config, &app).await? };
    serve(&config, app, listener, opening).await?;
    Ok(Done::All)
}

/// Whether the system may back memory with pages of 2 MiB: not while the server starts, as what it
/// needs only to wait would lie scattered over them and hold twice the memory; but while it serves,
/// and in the child that it starts, where they make work faster.
#[cfg(target_os = "linux")]
fn huge_pages(wanted: bool) {
    // Without it everything works, with a little more memory or time.
    let _ = rustix::thread::disable_transparent_huge_pages(!wanted);
}

#[cfg(not(target_os = "linux"))]
fn huge_pages(_: bool) {}

/// The project of the playground, if it is to be open: one of its own, so that nothing that is
/// tried there is counted with real feedback.
async fn playground(config: &Config, app: &App) -> anyhow::Result<Option<ProjectId>> {
    if !config.playground {
        return Ok(None);
    }
    let now = app.now();
    let make = move |tx: &Tx<'_>| {
        let Some(project) = projects::by_name(tx, ProjectName::PLAYGROUND)? else {
            return projects::insert(tx, ProjectName::PLAYGROUND, &Zone::UTC, now).map(Some);
        };
        let keys = api_keys::of_project(tx, project.id)?;
        let ours = keys.iter().all(|key| key.kind == KeyKind::Signing);
        Ok(ours.then_some(project.id))
    };
    let made = app.keys.change(&app.store, make).await?;
    let project = made.context(
        "there is a project 'playground' with keys of its own; everybody could write into it, so \
         the playground stays closed: start without --playground",
    )?;
    Ok(Some(project))
}

/// Takes the address.
pub(super) async fn bind(config: &Config) -> anyhow::Result<TcpListener> {
    TcpListener::bind(config.listen).await.with_context(|| {
        format!("cannot listen on {}; choose another address with --listen", config.listen)
    })
}

/// Serves until the process is told to stop, then closes everything in order.
pub(super) async fn serve(
    config: &Config,
    app: App,
    listener: TcpListener,
    opening: Opening,
) -> anyhow::Result<()> {
    app.store.check_in_background();
    tokio::spawn(app.clone().keep_house());
    let limits = web::Limits {
        connections_max: config.connections_max,
        per_address_max: config.connections_per_address_max,
        trusted_proxies: config.trusted_proxies.clone(),
    };
    let router = web::router(app.clone(), opening, config.trusted_proxies.clone());
    huge_pages(true);
    let socket = app.folder.socket_path();
    let (stop, hurry) = signals(app.clone())?;
    let served = web::serve(router, listener, &socket, limits, (stop, hurry)).await;
    app.stop().await;
    Ok(served?)
}

/// The first SIGTERM or SIGINT, and the second.
fn signals(
    app: App,
) -> anyhow::Result<(impl Future<Output = ()> + use<>, impl Future<Output = ()> + use<>)> {
    let terminate = signal(SignalKind::terminate())?;
    let interrupt = signal(SignalKind::interrupt())?;
    let (count, counted) = watch::channel(0_u8);
    tokio::spawn(listen(terminate, interrupt, count));
    let (mut first, mut second) = (counted.clone(), counted);
    let stop = async move {
        // The sender lives in a task that never ends.
        let _ = first.wait_for(|count| *count >= 1).await;
        output::talk("stopping; open requests may finish");
        app.announce_stop();
    };
    let hurry = async move {
        let _ = second.wait_for(|count| *count >= 2).await;
    };
    Ok((stop, hurry))
}

async fn listen(mut terminate: Signal, mut interrupt: Signal, count: watch::Sender<u8>) {
    loop {
        tokio::select! {
            _ = terminate.recv() => (),
            _ = interrupt.recv() => (),
        }
        count.send_modify(|count| *count = count.saturating_add(1));
    }
}
