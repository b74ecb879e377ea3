//! `thumbwheel __warehouse`: the child process that this program starts for its mirror.

use super::Done;
use super::args::WarehouseArgs;
use crate::app::mirror::{self, Options};
use crate::config::Config;

/// Runs the command: questions on stdin, answers on stdout.
pub(super) fn run(config: Config, options: WarehouseArgs) -> anyhow::Result<Done> {
    let options = Options {
        data: config.data,
        memory_mib: options.memory_mib,
        allow_read: options.allow_read,
    };
    mirror::serve(options, std::io::stdin().lock(), std::io::stdout())?;
    Ok(Done::All)
}
