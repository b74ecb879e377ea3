//! The HTTP API without a network: over the socket of a running server, or in this process.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use serde_json::Value;

use crate::app::analyst::{Analyst, Limits};
use crate::app::{App, Options, StartError};
use crate::config::Config;
use crate::model::ids::ProjectName;
use crate::store::DataFolder;
use crate::store::folder::FolderError;
use crate::upstream::call::{Call, Reply};
use crate::upstream::socket;
use crate::web;

/// How often to look whether a data folder that another short command holds is free.
const LOOKS_MAX: u32 = 200;
/// How long to wait between two looks.
const LOOK_PAUSE: Duration = Duration::from_millis(50);

/// Whoever answers.
enum Server {
    /// Another process, on this socket.
    Running(PathBuf),
    /// This one: the app, and the router over it.
    Here(Box<App>, web::Router),
}

/// The API with the owner's rights, on one project.
pub(super) struct Client {
    server: Server,
    project: ProjectName,
}

impl Client {
    /// Finds the server of the data folder, or becomes it.
    pub(super) async fn connect(config: &Config, project: ProjectName) -> anyhow::Result<Self> {
        let mut looks = 0;
        loop {
            let in_use = match App::start(options(config)).await {
                Ok(app) => {
                    let router = web::router(app.clone(), web::Opening::default(), Vec::new());
                    return Ok(Self { server: Server::Here(Box::new(app), router), project });
                }
                Err(StartError::Folder(error @ FolderError::InUse { .. })) => error,
                Err(error) => return Err(error.into()),
            };
            let path = DataFolder::open(&config.data)?.socket_path();
            if socket::call(&path, Call::get("/health")).await.is_ok() {
                return Ok(Self { server: Server::Running(path), project });
            }
            looks += 1;
            if looks == LOOKS_MAX {
                return Err(in_use.into());
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
    }

    /// The same for commands that only read: a folder without a database is most likely a
    /// misspelt one, and is not made.
    pub(super) async fn connect_to_data(
        config: &Config,
        project: ProjectName,
    ) -> anyhow::Result<Self> {
        let folder = &config.data;
        if !folder.join("thumbwheel.db").exists() {
            bail!("there is no database in {}; name its folder with --data", folder.display());
        }
        Self::connect(config, project).await
    }

    /// Makes a call. A refusal becomes an error that reads as the API's own sentence.
    pub(super) async fn send(&self, call: Call) -> anyhow::Result<Reply> {
        let call = call.with("thumbwheel-project", self.project.as_str());
        let reply = match &self.server {
            Server::Running(path) => socket::call(path, call).await?,
            Server::Here(_, router) => web::call(router, call).await?,
        };
        let status = reply.status;
        if (200..300).contains(&status) {
            return Ok(reply);
        }
        let body = reply.whole().await.map_err(|error| anyhow!(error))?;
        let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
        match problem["detail"].as_str() {
            Some(detail) => bail!("{detail}"),
            None => bail!("the server answered {status}"),
        }
    }

    /// Sends a GET and reads the JSON answer.
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.json(Call::get(path)).await
    }

    /// Sends a POST with JSON and reads the JSON answer.
    pub(super) async fn post(&self, path: &str, body: impl Into<Bytes>) -> anyhow::Result<Value> {
        self.json(Call::post(path, body).with("content-type", "application/json")).await
    }

    /// Makes a call and reads the JSON answer.
    pub(super) async fn json(&self, call: Call) -> anyhow::Result<Value> {
        let body = self.send(call).await?.whole().await.map_err(|error| anyhow!(error))?;
        serde_json::from_slice(&body).context("the server's answer is not JSON")
    }

    /// Lets go of the data folder.
    pub(super) async fn close(self) {
        if let Server::Here(app, _) = self.server {
            app.stop().await;
        }
    }
}

/// A path with a query string.
pub(super) fn with_query<T: AsRef<str>>(path: &str, pairs: &[(&str, T)]) -> String {
    let encode = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                    char::from(byte).to_string()
                }
                other => format!("%{other:02X}"),
            })
            .collect()
    };
    let query: Vec<_> =
        pairs.iter().map(|(key, value)| format!("{key}={}", encode(value.as_ref()))).collect();
    format!("{path}?{}", query.join("&"))
}

/// What an app is made of, by the configuration.
pub(super) fn options(config: &Config) -> Options {
    Options {
        data: config.data.clone(),
        synchronous: config.synchronous,
        program: config.program.clone(),
        analyst: Limits::new(config.query_seconds_max, config.mirror_memory_mb),
    }
}

/// A warehouse child that reads one Parquet file.
pub(super) fn parquet_reader(config: &Config, file: &Path) -> anyhow::Result<Analyst> {
    let file = file.canonicalize().with_context(|| format!("cannot read {}", file.display()))?;
    let Options { data, program, analyst, .. } = options(config);
    let limits = Limits { allow_read: Some(file), ..analyst };
    Ok(Analyst::new(DataFolder::open(&data)?, program, limits))
}
