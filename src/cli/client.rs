//! The HTTP API without a network: over the socket of a running server, or in this process.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Request, Response};
use tower::ServiceExt;

use crate::app::analyst::{Analyst, Limits};
use crate::app::{App, Options, StartError};
use crate::config::Config;
use crate::model::ids::ProjectName;
use crate::store::DataFolder;
use crate::store::folder::FolderError;
use crate::upstream::socket;
use crate::web;

/// How long to wait for a data folder that another short command holds.
const FOLDER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait between two looks.
const FOLDER_PAUSE: Duration = Duration::from_millis(50);

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

/// A body that comes in pieces.
pub(super) type Body = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

impl Client {
    /// Finds the server of the data folder, or becomes it.
    pub(super) async fn connect(config: &Config, project: ProjectName) -> anyhow::Result<Self> {
        let start = Instant::now();
        loop {
            let in_use = match App::start(options(config)).await {
                Ok(app) => {
                    let router = web::router(app.clone(), false);
                    return Ok(Self {
                        server: Server::Here(Box::new(app), router),
                        project,
                    });
                }
                Err(StartError::Folder(error @ FolderError::InUse { .. })) => error,
                Err(error) => return Err(error.into()),
            };
            let path = config.data.join("thumbwheel.sock");
            let ping = Request::get("/health").body(Full::default())?;
            if socket::call(&path, ping).await.is_ok() {
                return Ok(Self {
                    server: Server::Running(path),
                    project,
                });
            }
            if start.elapsed() > FOLDER_TIMEOUT {
                return Err(in_use.into());
            }
            tokio::time::sleep(FOLDER_PAUSE).await;
        }
    }

    /// Sends a request. A refusal becomes an error that reads as the API's own sentence.
    pub(super) async fn send(&self, request: Request<Bytes>) -> anyhow::Result<Response<Body>> {
        let (mut parts, body) = request.into_parts();
        let name = self
            .project
            .as_str()
            .parse()
            .context("the project's name")?;
        parts.headers.insert("thumbwheel-project", name);
        parts.headers.insert(
            "host",
            hyper::header::HeaderValue::from_static("thumbwheel"),
        );
        parts
            .headers
            .insert("te", hyper::header::HeaderValue::from_static("trailers"));
        let response = match &self.server {
            Server::Running(path) => {
                let request = Request::from_parts(parts, Full::new(body));
                socket::call(path, request)
                    .await?
                    .map(|body| body.map_err(Into::into).boxed_unsync())
            }
            Server::Here(_, router) => {
                parts.extensions.insert(web::Owner);
                let request = web::request(parts, body);
                let response = router.clone().oneshot(request).await;
                let response = response.unwrap_or_else(|never| match never {});
                response.map(|body| body.map_err(Into::into).boxed_unsync())
            }
        };
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let body = response
            .into_body()
            .collect()
            .await
            .map_err(|error| anyhow::anyhow!(error))?;
        let problem: serde_json::Value =
            serde_json::from_slice(&body.to_bytes()).unwrap_or_default();
        match problem["detail"].as_str() {
            Some(detail) => bail!("{detail}"),
            None => bail!("the server answered {status}"),
        }
    }

    /// Sends a GET and reads the JSON answer.
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<serde_json::Value> {
        self.json(Request::get(path).body(Bytes::new())?).await
    }

    /// Sends a POST with JSON and reads the JSON answer.
    pub(super) async fn post(
        &self,
        path: &str,
        body: impl Into<Bytes>,
    ) -> anyhow::Result<serde_json::Value> {
        let request = Request::post(path)
            .header("content-type", "application/json")
            .body(body.into())?;
        self.json(request).await
    }

    /// Sends a request and reads the JSON answer.
    pub(super) async fn json(&self, request: Request<Bytes>) -> anyhow::Result<serde_json::Value> {
        read_json(self.send(request).await?).await
    }

    /// Lets go of the data folder.
    pub(super) async fn close(self) {
        if let Server::Here(app, _) = self.server {
            app.stop().await;
        }
    }
}

async fn read_json(response: Response<Body>) -> anyhow::Result<serde_json::Value> {
    let body = response
        .into_body()
        .collect()
        .await
        .map_err(|error| anyhow::anyhow!(error))?;
    serde_json::from_slice(&body.to_bytes()).context("the server's answer is not JSON")
}

/// Hands each piece of a body to `take` until it wants no more; returns the trailers.
pub(super) async fn pieces(
    mut body: Body,
    mut take: impl FnMut(Bytes) -> anyhow::Result<bool>,
) -> anyhow::Result<HeaderMap> {
    let mut trailers = HeaderMap::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| anyhow::anyhow!(error))?;
        match frame.into_data() {
            Ok(data) => {
                if !take(data)? {
                    break;
                }
            }
            Err(other) => trailers.extend(other.into_trailers().unwrap_or_default()),
        }
    }
    Ok(trailers)
}

/// A path with a query string.
pub(super) fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
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
    let query: Vec<_> = pairs
        .iter()
        .map(|(key, value)| format!("{key}={}", encode(value)))
        .collect();
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
    let file = file
        .canonicalize()
        .with_context(|| format!("cannot read {}", file.display()))?;
    let Options {
        data,
        program,
        analyst,
        ..
    } = options(config);
    let limits = Limits {
        allow_read: Some(file),
        ..analyst
    };
    Ok(Analyst::new(DataFolder::open(&data)?, program, limits))
}
