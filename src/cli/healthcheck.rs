//! `thumbwheel healthcheck`: whether the server takes feedback, for a container's own check.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{anyhow, bail};
use serde_json::Value;

use super::args::HealthcheckArgs;
use super::{Done, output};
use crate::config::Config;
use crate::store::DataFolder;
use crate::upstream::call::Call;
use crate::upstream::{http, socket};

/// How long the server may take to answer.
pub(super) const LIMIT: Duration = Duration::from_secs(3);

/// How often a server that is still starting is asked again.
const PAUSE: Duration = Duration::from_millis(50);

/// Runs the command: the server's own word for its state goes to stdout.
pub(super) async fn run(config: &Config, options: &HealthcheckArgs) -> anyhow::Result<Done> {
    let healthy = async {
        loop {
            if let Ok(word) = ask(config, options).await {
                return word;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let word = match tokio::time::timeout(Duration::from_secs(options.wait), healthy).await {
        Ok(word) => word,
        // Once more, for the reason.
        Err(_) => ask(config, options).await?,
    };
    output::line(&word)?;
    Ok(Done::All)
}

/// The server's word for its state, if it takes feedback.
async fn ask(config: &Config, options: &HealthcheckArgs) -> anyhow::Result<String> {
    let (status, body) = match &options.url {
        Some(url) => over_network(url).await?,
        None => match over_socket(config).await {
            Some(answer) => answer,
            None => over_network(&url(config.listen)).await?,
        },
    };
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(word) = body["status"].as_str() else {
        bail!("what answers there (with status {status}) is no thumbwheel");
    };
    if status != 200 {
        bail!("the server takes no feedback: {word}; `thumbwheel doctor` says more");
    }
    Ok(word.to_owned())
}

/// What the server on the data folder says of itself; none where there is no such server.
pub(super) async fn over_socket(config: &Config) -> Option<(u16, Vec<u8>)> {
    let socket = DataFolder::find(&config.data)?.socket_path();
    let call = async {
        let reply = socket::call(&socket, Call::get("/health")).await.ok()?;
        Some((reply.status, reply.whole().await.ok()?.to_vec()))
    };
    tokio::time::timeout(LIMIT, call).await.ok()?
}

/// What the server at a URL says of itself.
pub(super) async fn over_network(url: &str) -> anyhow::Result<(u16, Vec<u8>)> {
    http::get(url, "/health", LIMIT).await.map_err(|error| anyhow!(error))
}

/// How a server that listens on `address` is reached from this machine.
pub(super) fn url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}
