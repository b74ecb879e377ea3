//! `thumbwheel completions` and `thumbwheel man`: made from the definition of the command line.

use std::path::Path;

use anyhow::Context;
use clap::{Command, CommandFactory};

use super::args::{Cli, CompletionsArgs, ManArgs};
use super::{Done, output};

/// Runs `completions`.
pub(super) fn completions(options: &CompletionsArgs) -> anyhow::Result<Done> {
    let mut script = Vec::new();
    let mut command = visible(Cli::command());
    clap_complete::generate(options.shell, &mut command, "thumbwheel", &mut script);
    output::data(&script)?;
    Ok(Done::All)
}

/// Runs `man`.
pub(super) fn pages(options: &ManArgs) -> anyhow::Result<Done> {
    let command = visible(Cli::command());
    let Some(folder) = &options.out else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        output::data(&page)?;
        return Ok(Done::All);
    };
    write_all(command, folder).with_context(|| format!("cannot write {}", folder.display()))?;
    output::talk(&format!("the pages are in {}", folder.display()));
    Ok(Done::All)
}

fn write_all(command: Command, folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(command, folder)
}

/// The same commands without the hidden ones, which are no business of a user.
fn visible(command: Command) -> Command {
    let bare = Command::new("thumbwheel");
    let shown: Vec<_> = command.get_subcommands().filter(|it| !it.is_hide_set()).cloned().collect();
    let about = command.get_about().cloned().unwrap_or_default();
    let arguments: Vec<_> = command.get_arguments().cloned().collect();
    bare.about(about)
        .version(env!("CARGO_PKG_VERSION"))
        .args(arguments)
        .subcommands(shown)
        .subcommand_required(true)
        .propagate_version(true)
}
