//! The data folder: permissions, room, the key, the database, backups, and the clock.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::Patient;
use super::feedback::Project;
use super::report::{Report, Section::Saving, Section::Setup};
use crate::app::backup;
use crate::model::time::{DAY_US, SECOND_US, Timestamp};
use crate::privacy::pepper::{Pepper, PepperError};
use crate::store::ballast::BALLAST_BYTES;
use crate::store::health::{self, Unsound};
use crate::store::{DataFolder, connection, migrate};

/// Room below which it is time to do something, in bytes.
const ROOM_BYTES: u64 = 1 << 30;
/// A log longer than this is held back by something that reads for too long, in bytes.
const LOG_BYTES_MAX: u64 = 256 << 20;
/// Days after which a backup is old.
const BACKUP_DAYS: i64 = 7;
/// How far the clock may stand before the newest feedback.
const CLOCK_US: i64 = 60 * SECOND_US;
/// No installation is older than this: 2026-01-01.
const EPOCH_US: i64 = 1_767_225_600 * SECOND_US;

/// The rights on the folder, and whether this user may write in it.
pub(super) fn permissions(report: &mut Report, patient: &Patient) {
    let root = patient.folder.root();
    if let Err(error) = DataFolder::open(root) {
        report.problem(Setup, "data_folder", error.to_string(), "choose another with --data");
        return;
    }
    if mode(root) & 0o077 != 0 {
        let says = format!("others on this machine may look into {}", root.display());
        report.warn(Setup, "data_folder", says, format!("chmod 700 {}", root.display()));
    } else {
        report.ok(Setup, "data_folder", format!("{} is private", root.display()));
    }
    match writable(root) {
        Ok(()) => report.ok(Saving, "writable", "the data folder can be written"),
        Err(error) => {
            let says = format!("nothing can be written in {}: {error}", root.display());
            let remedy = "give the folder to the user that runs the server, and mount it writable";
            report.problem(Saving, "writable", says, remedy);
        }
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).map_or(0, |file| file.permissions().mode())
}

fn writable(folder: &Path) -> std::io::Result<()> {
    let path = folder.join(format!(".doctor-{}", std::process::id()));
    fs::write(&path, b"can this be written?")?;
    fs::remove_file(&path)
}

/// Room on the disk.
pub(super) fn space(report: &mut Report, patient: &Patient) {
    match patient.folder.free_bytes() {
        Ok(free) => room(report, free),
        Err(error) => report.warn(Saving, "disk_space", error.to_string(), "look with `df`"),
    }
}

fn room(report: &mut Report, free: u64) {
    let remedy = "free some space; writes resume by themselves";
    let megabytes = free / 1_000_000;
    if free < 2 * BALLAST_BYTES {
        let says = format!("the disk is full ({megabytes} MB free): feedback is refused");
        report.problem(Saving, "disk_space", says, remedy);
    } else if free < ROOM_BYTES {
        let says = format!("only {megabytes} MB are free on the disk");
        report.warn(Saving, "disk_space", says, remedy);
    } else {
        report.ok(Saving, "disk_space", format!("{megabytes} MB are free"));
    }
}

/// The database and its key. Whether the database can be asked with this binary.
pub(super) fn database(report: &mut Report, patient: &Patient) -> bool {
    let folder = &patient.folder;
    if !folder.db_path().exists() {
        let says = format!("there is no database in {}", folder.root().display());
        let remedy = "name its folder with --data, or make one with `thumbwheel serve`";
        report.problem(Saving, "database", says, remedy);
        return false;
    }
    let examined = match health::examine(folder) {
        Ok(examined) => examined,
        Err(unsound) => {
            let remedy = match unsound {
                Unsound::Damaged(_) => "`thumbwheel restore` puts a backup in its place",
                Unsound::Foreign(_) => "check --data and the version of this program",
                Unsound::Unreadable(_) => "check the permissions of the file",
            };
            let says = format!("thumbwheel.db cannot be used: {unsound}");
            report.problem(Saving, "database", says, remedy);
            return false;
        }
    };
    let sqlite = connection::sqlite_version();
    report.ok(Saving, "database", format!("every page is sound (SQLite {sqlite})"));
    key(report, folder, examined.key_fingerprint.as_deref());
    log(report, folder);
    if examined.schema < migrate::newest() {
        let says = "the database is of an older release";
        let remedy = "the next `thumbwheel serve` copies it into backups/ and upgrades it";
        report.warn(Saving, "schema", says, remedy);
        return false;
    }
    report.ok(Saving, "schema", format!("number {}, the newest", examined.schema));
    true
}

/// The key of the pseudonyms; its rights before it is read, which mends them.
fn key(report: &mut Report, folder: &DataFolder, expected: Option<&str>) {
    let path = folder.secret_path();
    let Some(expected) = expected else {
        report.ok(Saving, "secret_key", "made with the first start");
        return;
    };
    let open = path.exists() && mode(&path) & 0o077 != 0;
    match Pepper::load(&path, Some(expected), [0; 32]) {
        Ok(_) if open => {
            let says = "others could read secret.key; now only its owner can";
            let remedy =
                "if somebody may have copied it, they can test who is in a stolen database";
            report.warn(Saving, "secret_key", says, remedy);
        }
        Ok(_) => report.ok(Saving, "secret_key", "private, and it belongs to this database"),
        Err(error @ PepperError::Io { .. }) => {
            report.problem(Saving, "secret_key", error.to_string(), "check its permissions");
        }
        Err(error) => {
            let remedy = "look for secret.key in backups that were made with --with-key";
            report.problem(Saving, "secret_key", error.to_string(), remedy);
        }
    }
}

fn log(report: &mut Report, folder: &DataFolder) {
    let path = folder.db_path().with_extension("db-wal");
    let bytes = fs::metadata(path).map_or(0, |log| log.len());
    let megabytes = bytes / 1_000_000;
    if bytes > LOG_BYTES_MAX {
        let says = format!("the write-ahead log has grown to {megabytes} MB");
        let remedy = "something reads the database for very long; end other programs that have it \
                      open, or restart the server";
        report.warn(Saving, "log", says, remedy);
    } else {
        report.ok(Saving, "log", format!("the write-ahead log has {megabytes} MB"));
    }
}

/// Whether the clock can be right.
pub(super) fn clock(report: &mut Report, projects: &[Project], now: Timestamp) {
    let latest = projects.iter().filter_map(|it| it.census.received_at).max();
    let remedy = "set the clock, or let the system keep it with NTP; times decide which day counts";
    match latest.filter(|latest| latest.micros() > now.micros() + CLOCK_US) {
        _ if now.micros() < EPOCH_US => {
            report.problem(Setup, "clock", format!("the clock says {now}"), remedy);
        }
        Some(latest) => {
            let says = format!("the clock says {now}, and feedback was received at {latest}");
            report.problem(Setup, "clock", says, remedy);
        }
        None => report.ok(Setup, "clock", format!("it is {now}")),
    }
}

/// Whether there is a backup worth the name.
pub(super) fn backups(
    report: &mut Report,
    patient: &Patient,
    projects: &[Project],
    now: Timestamp,
) {
    let folder = patient.folder.backups_dir();
    let remedy = "thumbwheel backup --keep 7 (if you keep backups elsewhere, all is well)";
    match backup::list(&folder).last() {
        None if projects.iter().all(|it| it.census.feedback == 0) => {
            report.ok(Setup, "backups", "nothing to back up yet");
        }
        None => {
            let says = format!("there is no backup in {}", folder.display());
            report.warn(Setup, "backups", says, remedy);
        }
        Some((_, manifest)) => {
            let days = (now.micros() - manifest.created_at.micros()) / DAY_US;
            let says = format!("the newest is of {}", manifest.created_at);
            if days >= BACKUP_DAYS {
                report.warn(Setup, "backups", says, remedy);
            } else {
                report.ok(Setup, "backups", says);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::report::State;

    #[test]
    fn a_disk_is_full_before_nothing_is_left() {
        let mut report = Report::default();
        [0, 2 * BALLAST_BYTES - 1].into_iter().for_each(|free| room(&mut report, free));
        assert_eq!((report.count(State::Problem), report.count(State::Warning)), (2, 0));
        room(&mut report, 2 * BALLAST_BYTES);
        room(&mut report, ROOM_BYTES);
        assert_eq!((report.count(State::Problem), report.count(State::Warning)), (2, 1));
    }

    #[test]
    fn a_folder_that_takes_nothing_is_noticed() {
        let temp = tempfile::tempdir().expect("temp dir");
        writable(temp.path()).expect("it can be written");
        assert_eq!(fs::read_dir(temp.path()).expect("readable").count(), 0);
        // Nobody can make a file here, not even root.
        assert!(writable(Path::new("/proc")).is_err());
    }
}
