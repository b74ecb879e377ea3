//! Brings a database up to the schema of this binary. Migrations go forward only, and a file
//! that holds data is copied before the first one runs.

use refinery::Runner;
use rusqlite::Connection;

use super::backup::{self, BackupError};
use super::folder::{DataFolder, make_durably};
use crate::model::time::Timestamp;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Why a database could not be upgraded; it is as it was before.
#[derive(Debug, thiserror::Error)]
#[error("the database could not be upgraded: {0}")]
pub(crate) struct MigrateError(String);

/// The schema number that this binary writes.
pub(crate) fn newest() -> i64 {
    newest_of(&embedded::migrations::runner())
}

fn newest_of(migrations: &Runner) -> i64 {
    let versions = migrations.get_migrations().iter().map(|it| i64::from(it.version()));
    versions.max().expect("the binary embeds at least one migration")
}

/// Applies what is missing, in one transaction: a kill at any moment leaves the database as it
/// was or as it shall be, and the next start goes on.
///
/// # Errors
/// When the copy or a migration fails.
pub(crate) fn run(
    connection: &mut Connection,
    folder: &DataFolder,
    now: Timestamp,
) -> Result<(), MigrateError> {
    upgrade(connection, folder, now, embedded::migrations::runner())
}

fn upgrade(
    connection: &mut Connection,
    folder: &DataFolder,
    now: Timestamp,
    migrations: Runner,
) -> Result<(), MigrateError> {
    let failed = |error: &dyn std::fmt::Display| MigrateError(error.to_string());
    let newest = newest_of(&migrations);
    let current: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|error| failed(&error))?;
    if current == newest {
        return Ok(());
    }
    if current > 0 {
        copy(connection, folder, current, now).map_err(|error| failed(&error))?;
    }
    // Ungrouped, refinery notes a migration as done in a transaction of its own, after the one
    // that did it: a kill in between would make every later start do it again, and fail.
    migrations.set_grouped(true).run(connection).map_err(|error| failed(&error))?;
    super::meta::initialize(connection, now).map_err(|error| failed(&error))?;
    connection.pragma_update(None, "user_version", newest).map_err(|error| failed(&error))
}

/// Copies the database to `backups/` as it is before the upgrade.
fn copy(
    connection: &Connection,
    folder: &DataFolder,
    schema: i64,
    now: Timestamp,
) -> Result<(), BackupError> {
    let backups = folder.backups_dir();
    let io = |source| BackupError::Io { path: folder.backups_dir(), source };
    make_durably(&backups).map_err(io)?;
    let name = format!("before-upgrade-from-{schema}-{}.db", now.micros());
    backup::copy(connection, &backups.join(name))
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::store::connection::{Synchronous, open_writer, reopen_writer};

    #[test]
    fn a_database_with_data_is_copied_before_an_upgrade() {
        let temp = tempfile::tempdir().expect("temp dir");
        let folder = DataFolder::open(temp.path()).expect("usable");
        let now: Timestamp = "2026-11-23T08:00:00Z".parse().expect("valid");
        let db = open_writer(&folder, Synchronous::Full, now).expect("opens");
        assert!(!folder.backups_dir().exists(), "a new database has nothing to copy");
        copy(&db, &folder, 1, now).expect("copied");

        let copies: Vec<_> = std::fs::read_dir(folder.backups_dir()).expect("made").collect();
        let path = copies[0].as_ref().expect("readable").path();
        let copied = Connection::open(path).expect("opens");
        let name: String = copied
            .query_row("select name from projects", [], |row| row.get(0))
            .expect("the default project is in the copy");
        assert_eq!(name, "default");
    }

    /// Two migrations to come: one that rewrites every row, one that makes two tables.
    fn next_release() -> Runner {
        let mut all = embedded::migrations::runner().get_migrations().clone();
        let next = newest();
        let labels = "alter table thumbs add column label text; \
             update thumbs set label = upper(feedback) || ' ' || message_id; \
             create index thumbs_by_label on thumbs (label);";
        let tables = "create table one (x integer) strict; create table two (x integer) strict; \
             insert into one select id from thumbs; insert into two select x from one;";
        for (version, sql) in [(next + 1, labels), (next + 2, tables)] {
            let name = format!("V{version}__planned");
            all.push(refinery::Migration::unapplied(&name, sql).expect("well formed"));
        }
        Runner::new(&all)
    }

    fn number(db: &Connection, query: &str) -> i64 {
        db.query_row(query, [], |row| row.get(0)).expect("readable")
    }

    /// Copies what a kill would leave on the disk at this moment.
    fn photograph(from: &Path, to: &Path) {
        std::fs::create_dir(to).expect("made");
        for name in ["thumbwheel.db", "thumbwheel.db-wal"] {
            // A log that is not there yet is none.
            let _ = std::fs::copy(from.join(name), to.join(name));
        }
    }

    const ROWS: i64 = 300;

    /// A database of this release with feedback in it.
    fn database(folder: &DataFolder, now: Timestamp) -> Connection {
        let db = open_writer(folder, Synchronous::Full, now).expect("opens");
        let insert = format!(
            "with recursive n (n) as (select 1 union all select n + 1 from n where n < {ROWS})
             insert into thumbs (project_id, message_id, user_id, feedback, trust, source,
                 created_at, updated_at, received_at)
             select 1, 'm' || n, 'u', 'up', 'secret', 'test', n, n, n from n"
        );
        db.execute_batch(&insert).expect("filled");
        db
    }

    #[test]
    fn an_upgrade_killed_at_any_moment_ends_well_at_the_next_start() {
        let temp = tempfile::tempdir().expect("temp dir");
        let folder = DataFolder::open(&temp.path().join("data")).expect("usable");
        let now: Timestamp = "2026-11-23T08:00:00Z".parse().expect("valid");
        let mut db = database(&folder, now);
        let shots = Arc::new(AtomicUsize::new(0));
        let watch = {
            let (from, to) = (folder.root().to_owned(), temp.path().to_owned());
            let shots = Arc::clone(&shots);
            move || {
                let n = shots.fetch_add(1, Ordering::Relaxed);
                photograph(&from, &to.join(n.to_string()));
                false
            }
        };
        // Now and then while statements run, and between each transaction and the next.
        db.progress_handler(900, Some(watch.clone())).expect("set");
        db.commit_hook(Some(watch)).expect("set");
        upgrade(&mut db, &folder, now, next_release()).expect("upgraded");
        db.progress_handler(0, None::<fn() -> bool>).expect("unset");
        db.commit_hook(None::<fn() -> bool>).expect("unset");
        let shots = shots.load(Ordering::Relaxed);
        assert!(shots > 10, "only {shots} moments were tried");

        let mut unfinished = 0;
        for n in 0..shots {
            let folder = DataFolder::open(&temp.path().join(n.to_string())).expect("usable");
            let mut db = reopen_writer(&folder, Synchronous::Full).expect("opens");
            let version = |db: &Connection| number(db, "select * from pragma_user_version");
            unfinished += usize::from(version(&db) == newest());
            upgrade(&mut db, &folder, now, next_release()).expect("the next start ends well");
            assert_eq!(version(&db), newest() + 2);
            let labels = "select count(distinct label) from thumbs";
            assert_eq!([number(&db, labels), number(&db, "select count(*) from two")], [ROWS; 2]);
        }
        assert_eq!(unfinished, shots, "the number is written last");
    }

    #[test]
    fn an_upgrade_that_fails_changes_nothing_and_keeps_a_copy() {
        let temp = tempfile::tempdir().expect("temp dir");
        let folder = DataFolder::open(temp.path()).expect("usable");
        let now: Timestamp = "2026-11-23T08:00:00Z".parse().expect("valid");
        let mut db = database(&folder, now);
        let mut all = next_release().get_migrations().clone();
        let name = format!("V{}__wrong", newest() + 3);
        let wrong = "delete from thumbs; insert into nowhere values (1);";
        all.push(refinery::Migration::unapplied(&name, wrong).expect("well formed"));
        let refused = upgrade(&mut db, &folder, now, Runner::new(&all)).expect_err("it fails");
        assert!(refused.to_string().contains("nowhere"), "{refused}");
        assert_eq!(number(&db, "select count(*) from thumbs"), ROWS);
        assert_eq!(number(&db, "select count(*) from sqlite_schema where name = 'one'"), 0);
        assert_eq!(std::fs::read_dir(folder.backups_dir()).expect("made").count(), 1);
        upgrade(&mut db, &folder, now, next_release()).expect("a sound release goes on");
    }
}
