//! The command line: one file a subcommand. Owns clap, stdout and stderr.
//!
//! stdout carries data, stderr carries talk. Exit codes: 0 done, 1 failed, 2 wrong usage.
//!
//! Commands that read or write data speak the HTTP API, to a running server over its socket or,
//! when none runs, to the very same router in this process; so there is one behaviour, not two.

mod args;
mod client;
mod demo;
mod export;
mod import;
mod key;
mod output;
mod parquet;
mod project;
mod query;
mod sender;
mod serve;
mod version;
mod warehouse;

use std::process::ExitCode;

use clap::Parser;

use crate::config::Config;
use args::{Cli, Command};

/// A command did what it was told, or only some of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    /// Everything.
    All,
    /// Not everything; what is missing was said.
    Partly,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    // Exits by itself for --help and --version (0) and for wrong usage (2).
    let cli = Cli::parse();
    match run(cli) {
        Ok(Done::All) => ExitCode::SUCCESS,
        Ok(Done::Partly) => ExitCode::FAILURE,
        Err(error) => {
            output::complain(&error);
            let usage = error.downcast_ref::<output::Usage>().is_some()
                || error.downcast_ref::<crate::config::ConfigError>().is_some();
            ExitCode::from(if usage { 2 } else { 1 })
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<Done> {
    let config = Config::load(&cli.global.flags(&cli.command))?;
    if let Command::Warehouse(options) = cli.command {
        return warehouse::run(config, options);
    }
    let project = cli.global.project;
    // One processor is for the thread that writes: a server that handed each request around among
    // all of them would do less with two.
    let threads = std::thread::available_parallelism().map_or(1, |all| all.get().max(2) - 1);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(threads).enable_all().build()?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve(_) => serve::run(config).await,
            Command::Demo(options) => demo::run(config, options).await,
            Command::Project(action) => project::run(config, project, action).await,
            Command::Key(action) => key::run(config, project, action).await,
            Command::Import(options) => import::run(config, project, options).await,
            Command::Export(options) => export::run(config, project, options).await,
            Command::Query(options) => query::run(config, project, options).await,
            Command::Version(options) => version::run(options),
            Command::Warehouse(_) => unreachable!("handled above, without a runtime"),
        }
    })
}

#[cfg(test)]
mod tests;
