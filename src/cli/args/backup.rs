//! `backup` and `restore`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(in crate::cli) struct BackupArgs {
    /// The folder that takes the backup [default: backups in the data folder]
    #[arg(value_name = "DEST")]
    pub(in crate::cli) into: Option<PathBuf>,
    /// Take secret.key along; whoever has both can test which users are in the database
    #[arg(long)]
    pub(in crate::cli) with_key: bool,
    /// Remove the oldest backups of this installation in that folder, so that N are left
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(in crate::cli) keep: Option<u32>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RestoreArgs {
    /// A folder that `backup` printed, or a database file
    pub(in crate::cli) backup: PathBuf,
    /// Set aside the database that is there
    #[arg(long)]
    pub(in crate::cli) yes: bool,
}
