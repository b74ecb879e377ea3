//! The server and its warehouse: whether they answer, and could.

use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::Patient;
use super::feedback::Project;
use super::report::{Report, Section::Saving, Section::Setup, Section::Showing};
use crate::app;
use crate::cli::client::Client;
use crate::cli::healthcheck::{over_network, over_socket, url};
use crate::config::Config;

/// Files that the server opens besides its connections.
const FILES_BESIDES: u64 = 100;

/// What the system lets the server do.
pub(super) fn limits(report: &mut Report, config: &Config) {
    let wanted = config.connections_max as u64 + FILES_BESIDES;
    match app::open_files_max() {
        Some(files) if files < wanted => {
            let connections = config.connections_max;
            let says =
                format!("the system allows {files} open files for {connections} connections");
            let remedy = format!(
                "raise the limit (ulimit -n {wanted}, or LimitNOFILE={wanted} in a systemd unit), \
                 or lower connections_max"
            );
            report.warn(Setup, "open_files", says, remedy);
        }
        _ => report.ok(Setup, "open_files", "as many as connections_max needs"),
    }
    let address = config.listen;
    if !address.ip().is_loopback() && config.trusted_proxies.is_empty() {
        let says = format!("{address} can be reached from other machines, over plain HTTP");
        let remedy = "put a reverse proxy with TLS in front, and its address into trusted_proxies";
        report.warn(Setup, "proxies", says, remedy);
    }
}

/// Whether a server runs on the folder and takes feedback.
pub(super) async fn answers(report: &mut Report, patient: &Patient) {
    let config = &patient.config;
    match over_socket(config).await {
        Some((200, _)) => {
            report.ok(Saving, "server", "it runs and takes feedback");
            reached(report, config).await;
        }
        Some((_, body)) => {
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            let says = match body["status"].as_str() {
                Some("disk_full") => "it runs and refuses feedback: the disk is full",
                Some("read_only") => "it runs and refuses feedback: the database is damaged",
                _ => "it runs and refuses feedback",
            };
            report.problem(Saving, "server", says, "see the disk and the database");
        }
        None => match patient.folder.lock() {
            Ok(lock) => {
                drop(lock);
                let says = "no server runs on this folder; feedback over HTTP is not received";
                report.warn(Saving, "server", says, "thumbwheel serve");
                free(report, config).await;
            }
            Err(error) => {
                let remedy = "it may be another command; if it stays so, end that process";
                let says = format!("no server answers, and {error}");
                report.problem(Saving, "server", says, remedy);
            }
        },
    }
}

/// Whether the running server is where the settings say.
async fn reached(report: &mut Report, config: &Config) {
    let url = url(config.listen);
    if config.listen.port() == 0 {
        return;
    }
    match over_network(&url).await {
        Ok(_) => report.ok(Saving, "address", format!("it answers at {url}")),
        Err(error) => {
            let remedy = "it may have been started with another --listen; its first lines of \
                          output name the address";
            report.warn(Saving, "address", format!("it does not answer at {url}: {error}"), remedy);
        }
    }
}

/// Whether the address is free for a server to come.
async fn free(report: &mut Report, config: &Config) {
    match TcpListener::bind(config.listen).await {
        Ok(_) => report.ok(Saving, "address", format!("{} is free", config.listen)),
        Err(error) => {
            let says = format!("{} cannot be listened on: {error}", config.listen);
            let remedy = match over_network(&url(config.listen)).await {
                Ok((_, body)) if body.starts_with(b"{\"status\":") => {
                    "another thumbwheel serves other data there; name its folder with --data, or \
                     choose another address with --listen"
                }
                _ => "end the program that has it, or choose another with --listen",
            };
            report.problem(Saving, "address", says, remedy);
        }
    }
}

/// Whether DuckDB opens, answers, and counts what SQLite counts.
pub(super) async fn warehouse(report: &mut Report, patient: &Patient, projects: &[Project]) {
    let Some(project) = projects.iter().find(|it| it.name() == patient.project.as_str()) else {
        return;
    };
    let counted = count(patient).await;
    let remedy = "the folder mirror/ can be removed while no server runs; it is built anew";
    match counted {
        // Feedback that came in between is no difference.
        Ok(n) if n >= project.census.feedback => {
            let version = crate::warehouse::version();
            report.ok(Showing, "warehouse", format!("DuckDB {version} counts {n} feedback"));
        }
        Ok(n) => {
            let says = format!("DuckDB counts {n} feedback, SQLite {}", project.census.feedback);
            report.problem(Showing, "warehouse", says, remedy);
        }
        Err(error) => {
            report.problem(Showing, "warehouse", format!("no answer: {error:#}"), remedy);
        }
    }
}

async fn count(patient: &Patient) -> anyhow::Result<u64> {
    let client = Client::connect_to_data(&patient.config, patient.project.clone()).await?;
    let question = json!({ "sql": "select count(*) as n from feedback" }).to_string();
    let answer = client.post("/api/query", question).await;
    client.close().await;
    Ok(answer?["rows"][0]["n"].as_u64().unwrap_or(0))
}
