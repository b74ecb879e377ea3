//! `user-data`: what a person may ask of the operator.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum UserDataCommand {
    /// Print the feedback of a user as it stands, as JSON
    Export(UserArgs),
    /// Remove everything of a user, from the database and from the mirror
    Erase(EraseArgs),
    /// Store nothing more of a user; what is stored stays
    OptOut(UserArgs),
    /// Store what the user sends again
    OptIn(UserArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct UserArgs {
    /// The app's id of the user, the browser's own, or a pseudonym; - reads it from stdin, where
    /// no list of processes shows it
    pub(in crate::cli) id: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct EraseArgs {
    #[command(flatten)]
    pub(in crate::cli) user: UserArgs,
    /// Do not ask
    #[arg(long)]
    pub(in crate::cli) yes: bool,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}
