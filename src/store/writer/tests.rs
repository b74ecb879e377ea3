//! The writer's promises, on a real database.

use super::*;
use crate::store::connection::{Synchronous, open_writer, reopen_writer};
use crate::store::folder::DataFolder;

fn writer() -> (tempfile::TempDir, Writer) {
    let temp = tempfile::tempdir().expect("temp dir");
    let folder = DataFolder::open(temp.path()).expect("usable");
    let now = "2026-11-23T08:00:00Z".parse().expect("valid");
    let connection = open_writer(&folder, Synchronous::Full, now).expect("opens");
    let ballast = Ballast::new(folder.ballast_path());
    let reopen = move || reopen_writer(&folder, Synchronous::Full);
    let writer = Writer::start(connection, reopen, ballast, Arc::new(Health::default()));
    (temp, writer)
}

fn put(tx: &Transaction<'_>, key: &str) -> Result<(), Error> {
    tx.execute("insert into meta (key, value) values (?1, 'x')", [key])?;
    Ok(())
}

fn keys(tx: &Transaction<'_>) -> Result<i64, Error> {
    let sql = "select count(*) from meta where key like 'k%'";
    Ok(tx.query_row(sql, [], |row| row.get(0))?)
}

fn run<T: Send + 'static>(
    writer: &Writer,
    job: impl FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    writer.submit(Purpose::Intake, 1, job)?.blocking_recv().expect("answered")
}

#[test]
fn a_failing_or_panicking_job_leaves_nothing_and_spares_its_neighbours() {
    let (_temp, writer) = writer();
    let submit = |job: fn(&Transaction<'_>) -> Result<(), Error>| {
        writer.submit(Purpose::Intake, 1, job).expect("room in the queue")
    };
    let good = submit(|tx| put(tx, "k1"));
    let bad = submit(|tx| {
        put(tx, "k2")?;
        put(tx, "k2")
    });
    let panicking = submit(|tx| {
        put(tx, "k3")?;
        panic!("on purpose")
    });
    let also_good = submit(|tx| put(tx, "k4"));
    assert!(good.blocking_recv().expect("answered").is_ok());
    let conflict = bad.blocking_recv().expect("answered").expect_err("the key is there");
    assert!(matches!(conflict, Error::Conflict(_)), "{conflict}");
    assert!(panicking.blocking_recv().expect("answered").is_err());
    assert!(also_good.blocking_recv().expect("answered").is_ok());
    assert_eq!(run(&writer, keys).expect("reads"), 2);
}

#[test]
fn a_full_queue_refuses_at_once_and_loses_nothing() {
    let (_temp, writer) = writer();
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let first = writer
        .submit(Purpose::Intake, 1, move |_| {
            held.recv().expect("released by the test");
            Ok(())
        })
        .expect("an empty queue");
    let mut accepted = Vec::new();
    let refused = loop {
        let key = format!("k{}", accepted.len());
        match writer.submit(Purpose::Intake, 1, move |tx| put(tx, &key)) {
            Ok(result) => accepted.push(result),
            Err(error) => break error,
        }
        assert!(accepted.len() <= QUEUE_JOBS_MAX + GROUP_JOBS_MAX, "the queue has a bound");
    };
    assert!(matches!(refused, Error::QueueFull), "{refused}");
    hold.send(()).expect("the writer waits");
    assert!(first.blocking_recv().expect("answered").is_ok());
    let n = accepted.len();
    assert!(accepted.into_iter().all(|it| it.blocking_recv().expect("answered").is_ok()));
    assert_eq!(run(&writer, keys).expect("reads"), i64::try_from(n).expect("small"));
}

#[test]
fn a_queue_of_large_requests_is_bounded_by_its_bytes() {
    let (_temp, writer) = writer();
    let refused = writer.submit(Purpose::Intake, QUEUE_BYTES_MAX + 1, |_| Ok(())).err();
    assert!(matches!(refused, Some(Error::QueueFull)));
    assert!(run(&writer, |_| Ok(())).is_ok(), "a refused request takes no room");
}

#[test]
fn a_failed_commit_is_not_acknowledged_and_the_writer_recovers() {
    let (_temp, writer) = writer();
    // A deferred constraint fails at the commit itself, after the job has succeeded.
    let lost = run(&writer, |tx| {
        tx.execute_batch("pragma defer_foreign_keys = on")?;
        tx.execute_batch("insert into subjects (project_id, user_id) values (999, 'nobody')")?;
        put(tx, "k1")
    });
    assert!(matches!(lost, Err(Error::NotDurable(_))), "{lost:?}");
    assert_eq!(run(&writer, keys).expect("a new connection serves"), 0);
    assert!(run(&writer, |tx| put(tx, "k2")).is_ok());
}

#[test]
fn a_full_disk_refuses_the_group_keeps_what_was_acknowledged_and_resumes_with_room() {
    let (temp, writer) = writer();
    assert!(run(&writer, |tx| put(tx, "k1")).is_ok());
    // SQLite answers as on a full disk when the file may grow no further.
    let limit = |pages: i64| {
        move |tx: &Transaction<'_>| {
            let set = format!("pragma max_page_count = {pages}");
            tx.query_row(&set, [], |row| row.get::<_, i64>(0))?;
            Ok(())
        }
    };
    run(&writer, limit(1)).expect("set");
    let fill = |tx: &Transaction<'_>| {
        tx.execute_batch("create table big as select randomblob(1000000) as it")?;
        Ok(())
    };
    let refused = run(&writer, fill);
    assert!(matches!(refused, Err(Error::DiskFull)), "{refused:?}");
    // The writer gave its connection up and with it the limit: there is room again, the ballast
    // comes back, and writing goes on without a restart.
    assert!(run(&writer, |tx| put(tx, "k2")).is_ok());
    assert_eq!(run(&writer, keys).expect("reads"), 2);
    assert!(temp.path().join("ballast").exists());
}

#[test]
fn while_the_disk_is_full_only_work_that_frees_space_goes_on() {
    let (_temp, writer) = writer();
    writer.health.set_disk_full(true);
    let intake = writer.submit(Purpose::Intake, 1, |_| Ok(()));
    assert!(matches!(intake.err(), Some(Error::DiskFull)));
    let freeing = writer.submit(Purpose::Maintenance, 1, |_| Ok(())).expect("accepted");
    assert!(freeing.blocking_recv().expect("answered").is_ok());
    assert!(run(&writer, |_| Ok(())).is_ok(), "the writer found room when it looked");
}

#[test]
fn stopping_finishes_what_waits_and_refuses_what_comes_later() {
    let (_temp, writer) = writer();
    let waiting: Vec<_> = (0..100)
        .map(|n| writer.submit(Purpose::Intake, 1, move |tx| put(tx, &format!("k{n}"))))
        .collect();
    writer.stop();
    for result in waiting {
        assert!(result.expect("room").blocking_recv().expect("answered").is_ok());
    }
    assert!(matches!(run(&writer, keys), Err(Error::Stopping)));
}
