//! `thumbwheel backup` and `thumbwheel restore`.

use super::args::{BackupArgs, RestoreArgs};
use super::{Done, output};
use crate::app::{self, backup, restore};
use crate::config::Config;

/// Runs `backup`: the path of the backup goes to stdout.
pub(super) fn create(config: &Config, options: BackupArgs) -> anyhow::Result<Done> {
    output::start_log(config, true)?;
    let order = backup::Order {
        data: config.data.clone(),
        into: options.into,
        with_key: options.with_key,
        keep: options.keep.map(|keep| keep as usize),
    };
    let spinner = output::Spinner::start("copying and checking");
    let made = backup::create(&order, app::now());
    spinner.stop();
    let made = made?;
    output::line(&made.path.display().to_string())?;
    let rows = made.manifest.contents.feedback.rows;
    output::talk(&format!("{rows} feedback backed up and read back"));
    for path in &made.removed {
        output::talk(&format!("removed {}", path.display()));
    }
    if !made.manifest.with_key {
        output::talk(
            "secret.key is not in it: without that file nobody can be recognised in a restored \
             database; keep a copy of it elsewhere, or use --with-key",
        );
    }
    Ok(Done::All)
}

/// Runs `restore`.
pub(super) fn restore(config: &Config, options: RestoreArgs) -> anyhow::Result<Done> {
    output::start_log(config, true)?;
    let order = restore::Order {
        data: config.data.clone(),
        backup: options.backup,
        overwrite: options.yes,
    };
    let spinner = output::Spinner::start("rehearsing");
    let restored = restore::restore(&order, app::now());
    spinner.stop();
    let restored = restored?;
    let rows = restored.contents.feedback.rows;
    output::talk(&format!("{rows} feedback restored into {}", config.data.display()));
    let applied = restored.applied;
    let withdrawn = [
        (applied.erased, "pseudonyms of users who were erased since were erased again"),
        (applied.choices, "pseudonyms of users who opted out or in since are kept so"),
        (applied.revoked, "keys that were revoked since are revoked again"),
        (applied.strict, "projects that required signatures since require them again"),
    ];
    for (n, what) in withdrawn.into_iter().filter(|(n, _)| *n > 0) {
        output::talk(&format!("{n} {what}"));
    }
    if let Some(reason) = restored.unknown {
        output::talk(&format!(
            "warning: the present database cannot be read ({reason}); users who were erased or \
             opted out, and keys that were revoked, after the backup was made are not known: \
             do so again"
        ));
    }
    if let Some(path) = restored.set_aside {
        output::talk(&format!(
            "what was there before lies in {}; remove it when you are content",
            path.display()
        ));
    }
    Ok(Done::All)
}
