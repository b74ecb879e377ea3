//! What is about the program itself: its settings, its health, its manual.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::JsonArgs;

#[derive(Debug, Args)]
pub(in crate::cli) struct InitArgs {
    /// The file to write; - prints it
    #[arg(value_name = "FILE", default_value = "thumbwheel.toml")]
    pub(in crate::cli) file: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ConfigCommand {
    /// Print each setting, and where its value comes from
    Show(JsonArgs),
    /// Check the file, the environment and the flags
    Check,
    /// Print a JSON Schema of the configuration file, for editors
    Schema,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DoctorArgs {
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct HealthcheckArgs {
    /// The server, such as http://127.0.0.1:8945 [default: the one on the data folder, else the
    /// one at the configured address]
    pub(in crate::cli) url: Option<String>,
    /// How long to wait for a server that is still starting
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(in crate::cli) wait: u64,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct CompletionsArgs {
    /// The shell
    pub(in crate::cli) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ManArgs {
    /// A folder that takes a page for each command
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: Option<PathBuf>,
}
