//! What can be typed, and the help for it.

mod access;
mod backup;
mod settings;
mod user_data;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Flags;
use crate::model::feedback::Thumb;
use crate::model::ids::ProjectName;
use crate::model::time::Timestamp;
use crate::model::trust::Trust;

pub(super) use access::{KeyCommand, ProjectCommand, Signatures, TokenCommand};
pub(super) use backup::{BackupArgs, RestoreArgs};
pub(super) use settings::{
    CompletionsArgs, ConfigCommand, DoctorArgs, HealthcheckArgs, InitArgs, ManArgs,
};
pub(super) use user_data::{EraseArgs, UserArgs, UserDataCommand};

/// Collects thumbs on AI answers, explains them, and turns them into training data.
#[derive(Debug, Parser)]
#[command(name = "thumbwheel", version, propagate_version = true, max_term_width = 100)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Flags that every command takes.
#[derive(Debug, Args)]
pub(super) struct Global {
    /// The data folder [default: ./thumbwheel-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// A configuration file (TOML)
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// The project to work on
    #[arg(long, global = true, value_name = "NAME", default_value = ProjectName::DEFAULT)]
    pub(super) project: ProjectName,
    /// What to log: error, warn, info, debug, or a filter [default: info for servers, else warn]
    #[arg(long, global = true, value_name = "LEVEL")]
    pub(super) log: Option<String>,
    /// How to log: text or json [default: text]
    #[arg(long, global = true, value_name = "FORMAT")]
    pub(super) log_format: Option<String>,
}

impl Global {
    /// The settings among the flags.
    pub(super) fn flags(&self, command: &Command) -> Flags {
        let server = match command {
            Command::Serve(options) => options.clone(),
            Command::Demo(options) => {
                ServeArgs { listen: options.listen.clone(), ..ServeArgs::default() }
            }
            _ => ServeArgs::default(),
        };
        Flags {
            config: self.config.clone(),
            data: self.data.clone(),
            listen: server.listen,
            log: self.log.clone(),
            log_format: self.log_format.clone(),
            synchronous: server.synchronous,
            playground: server.playground.then(|| "on".to_owned()),
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the server
    Serve(ServeArgs),
    /// Run a server with made-up data in a temporary folder, to look around; refuses --data
    Demo(DemoArgs),
    /// Make, change and list projects
    #[command(subcommand)]
    Project(ProjectCommand),
    /// Make, list and revoke API keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Make feedback tokens, with which pages rate answers in a user's name
    #[command(subcommand)]
    Token(TokenCommand),
    /// Import feedback from a file
    Import(ImportArgs),
    /// Export feedback
    Export(ExportArgs),
    /// Ask the analytics mirror with SQL
    Query(QueryArgs),
    /// Copy the database, checked and while a server runs
    Backup(BackupArgs),
    /// Put a backup in the place of the database, after a rehearsal
    Restore(RestoreArgs),
    /// Do what a user asks of you: show, erase, stop or resume recording
    #[command(subcommand)]
    UserData(UserDataCommand),
    /// Write a configuration file with every setting explained
    Init(InitArgs),
    /// Show and check the settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Find out what is wrong, and what to do about it
    Doctor(DoctorArgs),
    /// Exit with 0 if the server takes feedback, else with 1
    Healthcheck(HealthcheckArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
    /// Print the manual page, or write all of them
    Man(ManArgs),
    /// Print the licence of this program and of everything inside it
    Licenses,
    /// Say which version this is, and of what it was built
    Version(JsonArgs),
    #[command(name = "__warehouse", hide = true)]
    Warehouse(WarehouseArgs),
}

#[derive(Debug, Clone, Default, Args)]
pub(super) struct ServeArgs {
    /// Address and port; port 0 picks a free one [default: 127.0.0.1:8945]
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<String>,
    /// `full`: acknowledged feedback survives a power cut; `normal`: faster, it may not
    /// [default: full]
    #[arg(long, value_name = "MODE")]
    pub(super) synchronous: Option<String>,
    /// Let everybody try the thumbs at /playground, in a project of its own
    #[arg(long)]
    pub(super) playground: bool,
}

#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Address and port; port 0 picks a free one [default: 127.0.0.1:8945]
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<String>,
    /// The same seed, days and end make the same data, byte for byte, on any day and machine
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub(super) seed: u64,
    /// How many days the data covers, 21 to 365
    #[arg(
        long,
        value_name = "N",
        default_value_t = 90,
        value_parser = clap::value_parser!(u16).range(21..=365)
    )]
    pub(super) days: u16,
    /// The day before which the data ends, in UTC, such as 2026-11-23 [default: today]
    #[arg(long, value_name = "DATE", value_parser = Timestamp::of_date)]
    pub(super) end: Option<Timestamp>,
}

/// The kind of an imported file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ImportFormat {
    /// One JSON object a line
    Jsonl,
    /// CSV with a header line
    Csv,
    /// Apache Parquet
    Parquet,
}

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The file; - reads stdin
    pub(super) file: PathBuf,
    /// The kind of file [default: by the name's ending]
    #[arg(long, value_name = "FORMAT")]
    pub(super) from: Option<ImportFormat>,
    /// Our FIELD is called NAME in the file; -=NAME leaves a column out (may be repeated)
    #[arg(long, value_name = "FIELD=NAME", allow_hyphen_values = true)]
    pub(super) map: Vec<String>,
    /// Check the file and store nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Stop at the first bad line
    #[arg(long)]
    pub(super) strict: bool,
}

/// The kind of an exported file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ExportFormat {
    /// Positives as chat messages, one conversation a line
    Chat,
    /// Every current feedback, one JSON object a line
    Jsonl,
    /// Every current feedback as CSV, safe for spreadsheets
    Csv,
    /// Every current feedback as Apache Parquet
    Parquet,
}

impl ExportFormat {
    /// The word of the API.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }
}

impl ExportArgs {
    /// The format that was named, or that the file's name tells.
    pub(super) fn format(&self) -> ExportFormat {
        self.format.unwrap_or_else(|| match self.out.extension().and_then(|it| it.to_str()) {
            Some("csv") => ExportFormat::Csv,
            Some("parquet") => ExportFormat::Parquet,
            _ => ExportFormat::Chat,
        })
    }
}

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// What to write [default: by the ending of FILE if that is .csv or .parquet, else chat]
    #[arg(long, value_name = "FORMAT")]
    pub(super) format: Option<ExportFormat>,
    /// The file to write; - writes to stdout
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(super) out: PathBuf,
    #[command(flatten)]
    pub(super) filter: FilterArgs,
}

/// Which feedback.
#[derive(Debug, Args)]
pub(super) struct FilterArgs {
    /// Event time at or after, such as 2026-11-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(super) since: Option<Timestamp>,
    /// Event time before
    #[arg(long, value_name = "TIME")]
    pub(super) until: Option<Timestamp>,
    /// Only this action type
    #[arg(long, value_name = "TYPE")]
    pub(super) action_type: Option<String>,
    /// Only up, or only down
    #[arg(long, value_name = "THUMB")]
    pub(super) feedback: Option<Thumb>,
    /// Only this model
    #[arg(long, value_name = "MODEL")]
    pub(super) model: Option<String>,
    /// Only this prompt version
    #[arg(long, value_name = "VERSION")]
    pub(super) prompt_version: Option<String>,
    /// Only this variant
    #[arg(long, value_name = "VARIANT")]
    pub(super) variant: Option<String>,
    /// Only writes with this credential: public, signed or secret
    #[arg(long, value_name = "TRUST")]
    pub(super) trust: Option<Trust>,
    /// Only where the prompt, the answer or the comment contains this
    #[arg(long, value_name = "TEXT")]
    pub(super) q: Option<String>,
}

impl FilterArgs {
    /// As pairs of a query string.
    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let all = [
            ("since", self.since.map(|time| time.to_string())),
            ("until", self.until.map(|time| time.to_string())),
            ("action_type", self.action_type.clone()),
            ("feedback", self.feedback.map(|thumb| thumb.as_str().to_owned())),
            ("model", self.model.clone()),
            ("prompt_version", self.prompt_version.clone()),
            ("variant", self.variant.clone()),
            ("trust", self.trust.map(|trust| trust.as_str().to_owned())),
            ("q", self.q.clone()),
        ];
        all.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }
}

/// How rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum RowFormat {
    /// Columns for people
    Table,
    /// One JSON object a line
    Jsonl,
    /// CSV
    Csv,
}

#[derive(Debug, Args)]
pub(super) struct QueryArgs {
    /// One SELECT; - reads stdin
    pub(super) sql: String,
    /// How to show the rows
    #[arg(long, value_name = "FORMAT", default_value = "table", conflicts_with = "json")]
    pub(super) format: RowFormat,
    /// One JSON document, as POST /api/query answers
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct JsonArgs {
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// The warehouse child, started by this program alone.
#[derive(Debug, Args)]
pub(super) struct WarehouseArgs {
    /// Memory for the engine's data, in MiB
    #[arg(long)]
    pub(super) memory_mib: u64,
    /// A file that may be read besides
    #[arg(long)]
    pub(super) allow_read: Option<PathBuf>,
}
