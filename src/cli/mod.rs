//! The command line: one file a subcommand. Owns clap, stdout and stderr.
//!
//! stdout carries data, stderr carries talk. Exit codes: 0 done, 1 failed, 2 wrong usage.
//!
//! Commands that read or write data speak the HTTP API, to a running server over its socket or,
//! when none runs, to the very same router in this process; so there is one behaviour, not two.

mod args;
mod backup;
mod client;
mod demo;
mod doctor;
mod export;
mod healthcheck;
mod import;
mod key;
mod licenses;
mod manual;
mod output;
mod parquet;
mod project;
mod query;
mod report;
mod sender;
mod serve;
mod settings;
mod token;
mod user_data;
mod version;
mod warehouse;

use std::process::ExitCode;

use clap::Parser;

use crate::config::{Config, Flags};
use crate::model::ids::ProjectName;
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
    let flags = cli.global.flags(&cli.command);
    // What works without settings, or looks at those that do not work.
    match cli.command {
        Command::Init(options) => return settings::init(&options),
        Command::Config(action) => return settings::run(&flags, action),
        Command::Completions(options) => return manual::completions(&options),
        Command::Man(options) => return manual::pages(&options),
        Command::Licenses => return licenses::run(),
        Command::Version(options) => return version::run(options),
        _ => (),
    }
    let config = Config::load(&flags)?;
    match cli.command {
        Command::Warehouse(options) => warehouse::run(config, options),
        Command::Backup(options) => backup::create(&config, options),
        Command::Restore(options) => backup::restore(&config, options),
        command => {
            // One processor is for the thread that writes: a server that handed each request around
            // among all of them would do less with two.
            let threads =
                std::thread::available_parallelism().map_or(1, |all| all.get().max(2) - 1);
            let mut runtime = tokio::runtime::Builder::new_multi_thread();
            let runtime = runtime.worker_threads(threads).enable_all().build()?;
            runtime.block_on(run_async(config, &flags, cli.global.project, command))
        }
    }
}

async fn run_async(
    config: Config,
    flags: &Flags,
    project: ProjectName,
    command: Command,
) -> anyhow::Result<Done> {
    match command {
        Command::Serve(_) => serve::run(config).await,
        Command::Demo(_) if flags.data.is_some() => {
            let text = "the demo has a temporary folder of its own; leave out --data";
            Err(output::Usage(text.to_owned()).into())
        }
        Command::Demo(options) => demo::run(config, options).await,
        Command::Project(action) => project::run(config, project, action).await,
        Command::Key(action) => key::run(config, project, action).await,
        Command::Token(action) => token::run(config, project, action).await,
        Command::Import(options) => import::run(config, project, options).await,
        Command::Export(options) => export::run(config, project, options).await,
        Command::Query(options) => query::run(config, project, options).await,
        Command::UserData(action) => user_data::run(config, project, action).await,
        Command::Doctor(options) => doctor::run(config, flags, project, options).await,
        Command::Healthcheck(options) => healthcheck::run(&config, &options).await,
        _ => unreachable!("the other commands need no runtime and have run"),
    }
}

#[cfg(test)]
mod tests;
