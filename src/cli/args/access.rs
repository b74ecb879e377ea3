//! What can be typed about projects, keys and feedback tokens.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use super::JsonArgs;
use crate::model::ids::ProjectName;
use crate::model::key::Scope;
use crate::model::zone::Zone;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ProjectCommand {
    /// Make a project
    Create {
        /// 1 to 63 of a-z, 0-9, '_' and '-'
        name: ProjectName,
        /// Where its days begin and end, such as Europe/Berlin
        #[arg(long, value_name = "ZONE", default_value = "UTC")]
        zone: Zone,
    },
    /// Change a project; what is not named stays as it is
    #[command(group = ArgGroup::new("change").required(true).multiple(true))]
    Set {
        /// Which one
        name: ProjectName,
        /// Where its days begin and end, such as Europe/Berlin
        #[arg(long, value_name = "ZONE", group = "change")]
        zone: Option<Zone>,
        /// `required`: feedback from publishable keys is refused, and what there is of it counts
        /// nowhere; `optional`: it counts
        #[arg(long, value_name = "WHETHER", group = "change")]
        signatures: Option<Signatures>,
        /// A file with what the form of the widget offers: a JSON list of `id`, `feedback` and
        /// `label`, and if wanted `action_type` and `labels` by language; `null` for the built-in
        /// reasons
        #[arg(long, value_name = "FILE", group = "change")]
        reasons: Option<PathBuf>,
    },
    /// List the projects
    List(JsonArgs),
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum KeyCommand {
    /// Make a key and print it, this once, alone on stdout
    Create {
        /// What a secret key may do, separated by commas: ingest (send feedback), read (ask), sql
        /// (query), export, erase (show and erase users), admin (projects, keys, import)
        #[arg(
            long,
            value_name = "SCOPES",
            value_delimiter = ',',
            required_unless_present_any = ["publishable", "signing"]
        )]
        scope: Vec<Scope>,
        /// Make a publishable key, for web pages
        #[arg(long, conflicts_with = "scope", requires = "origin")]
        publishable: bool,
        /// A page that may use the publishable key, such as https://app.example (may be repeated)
        #[arg(long, value_name = "ORIGIN", requires = "publishable")]
        origin: Vec<String>,
        /// Make a signing key, for servers that sign feedback tokens by themselves
        #[arg(long, conflicts_with_all = ["scope", "publishable"])]
        signing: bool,
    },
    /// List the keys of the project
    List(JsonArgs),
    /// Refuse a key from now on
    Revoke {
        /// The public part, as `key list` shows it
        id: String,
    },
}

/// Whether pages need a feedback token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Signatures {
    /// They do.
    Required,
    /// A publishable key will do.
    Optional,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TokenCommand {
    /// Make a token for one answer and one user, and print it alone on stdout
    Mint(MintArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MintArgs {
    /// The app's id of the answer
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) message_id: String,
    /// The app's id of the user; - reads it from stdin, where no list of processes shows it.
    /// Without it the token is for whoever has it
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) user_id: Option<String>,
    /// Days until it ends, 1 to 400
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub(in crate::cli) days: u32,
    /// Print it with the time when it ends, as JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}
