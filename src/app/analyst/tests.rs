//! The analyst with a real child process: the program that was built beside these tests.

use std::path::PathBuf;
use std::time::Instant;

use tempfile::TempDir;

use super::*;
use crate::model::feedback::{NewFeedback, Thumb};
use crate::model::ids::{MessageId, ProjectId, Subject};
use crate::model::patch::Patch;
use crate::model::response::{ResponsePatch, Source};
use crate::model::time::Timestamp;
use crate::model::trust::Trust;
use crate::store::{Store, Synchronous, change_log, thumbs};

const PROJECT: ProjectId = ProjectId(1);

/// `target/<profile>/thumbwheel`, which `cargo test` builds before it runs anything.
fn program() -> PathBuf {
    let tests = std::env::current_exe().expect("this program has a path");
    let profile = tests.parent().and_then(|deps| deps.parent()).expect("target/<profile>/deps");
    let program = profile.join("thumbwheel");
    assert!(program.exists(), "{} is built by plain `cargo test`", program.display());
    program
}

struct World {
    _temp: TempDir,
    store: Store,
    analyst: Analyst,
    folder: DataFolder,
}

impl World {
    fn new(limits: Limits) -> Self {
        let temp = tempfile::tempdir().expect("temp dir");
        let folder = DataFolder::open(temp.path()).expect("usable");
        std::fs::write(folder.secret_path(), "the pepper").expect("written");
        let now = Timestamp::from_micros(1).expect("in range");
        let store = Store::open(&folder, Synchronous::Normal, now).expect("opens");
        let analyst = Analyst::new(folder.clone(), program(), limits);
        Self { _temp: temp, store, analyst, folder }
    }

    async fn thumb(&self, n: u32) {
        let new = NewFeedback {
            message_id: MessageId::parse(format!("m{n}")).expect("valid"),
            subject: Subject::parse(&format!("twu_{}", "a".repeat(26))).expect("valid"),
            thumb: Some(Thumb::Up),
            reasons: Patch::Absent,
            comment: Patch::Absent,
            correction: Patch::Absent,
            response: ResponsePatch::default(),
            trust: Trust::Secret,
            source: Source::Api,
            client_ts: None,
            created_at: None,
            updated_at: None,
            received_at: Timestamp::from_micros(i64::from(n) + 2).expect("in range"),
        };
        let write = self.store.write(0, move |tx| thumbs::record(tx, PROJECT, &new));
        write.await.expect("written");
    }

    async fn as_of(&self) -> AsOf {
        let seq = self.store.read(|db| change_log::head(db, PROJECT)).await.expect("reads");
        AsOf { project: PROJECT, seq, without_public: false }
    }

    async fn ask(&self, question: Question) -> Result<Answer, AnalystError> {
        self.analyst.ask(self.as_of().await, question).await
    }

    async fn sql(&self, sql: &str) -> Result<Vec<Vec<Value>>, AnalystError> {
        let as_of = self.as_of().await;
        let mut rows = self.analyst.rows(as_of, sql.to_owned(), Some(1000)).await?;
        let mut all = Vec::new();
        while let Some(chunk) = rows.next().await? {
            all.extend(chunk);
        }
        Ok(all)
    }

    async fn count(&self) -> Result<Value, AnalystError> {
        Ok(self.sql("select count(*) from feedback").await?[0][0].clone())
    }
}

fn parquet_of_one_row() -> Vec<u8> {
    let mut file = crate::export::parquet::Writer::new().expect("begins");
    let row = crate::warehouse::fixture::feedback(1, Thumb::Up, None);
    let mut bytes = file.write(vec![row], 0).expect("encodes");
    bytes.extend(file.finish().expect("ends"));
    bytes
}

fn limits() -> Limits {
    Limits { sql: Duration::from_secs(2), ..Limits::new(10, 256) }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("builds")
}

#[test]
fn a_confined_child_answers_and_ends_when_told() {
    runtime().block_on(async {
        let world = World::new(limits());
        assert_eq!(world.analyst.pid().await, None, "no child before the first question");
        for n in 0..20 {
            world.thumb(n).await;
            assert_eq!(world.count().await, Ok(Value::from(n + 1)));
        }
        let Ok(Answer::Summary(summary)) =
            world.ask(Question::Summary { filter: Default::default() }).await
        else {
            panic!("no summary");
        };
        assert_eq!(summary[0].total_feedback, 20);
        let path = world.folder.root().join("export.parquet");
        std::fs::write(&path, parquet_of_one_row()).expect("written");
        let reading = Limits { allow_read: Some(path.clone()), ..limits() };
        let reader = Analyst::new(world.folder.clone(), program(), reading);
        let mut rows = reader.read_parquet(&path).await.expect("reads");
        assert_eq!(rows.columns()[..2], ["id", "user_id"]);
        assert_eq!(rows.next().await.expect("reads").expect("rows").len(), 1);
        assert_eq!(rows.next().await.expect("reads"), None);
        reader.shutdown().await;
        assert_eq!(world.analyst.counters().starts.load(Ordering::Relaxed), 1);
        world.analyst.shutdown().await;
        assert_eq!(world.analyst.pid().await, None);
        assert!(matches!(world.count().await, Err(AnalystError::Down(_))));
    });
}

#[test]
fn what_never_ends_is_stopped_and_neighbours_do_not_notice() {
    runtime().block_on(async {
        let world = World::new(limits());
        world.thumb(1).await;
        world.count().await.expect("answers");
        for bomb in [
            "select count(*) from range(10000000000) a(i), range(10000000000) b(j)",
            "with recursive r(i) as (select 1 union all select i + 1 from r)
             select count(*) from r",
            "select repeat('x', 3000000000)",
            "select length(repeat('x', 1000000000) || repeat('y', 1000000000))",
            "select list(i) from range(100000000) t(i)",
            "select i, row_number() over (order by hash(i)) from range(500000000) t(i)
             order by 2 desc limit 1",
            "select regexp_matches(repeat('a', 100000), '(a+)+$')",
            "select json_extract(repeat('[', 200000), '$')",
        ] {
            let from = Instant::now();
            let (_, neighbour) = tokio::join!(world.sql(bomb), world.count());
            let took = from.elapsed();
            assert!(took < Duration::from_secs(30), "{bomb} took {took:?}");
            assert_eq!(neighbour, Ok(Value::from(1)), "{bomb}");
        }
        world.analyst.shutdown().await;
    });
}

/// Neither of the two fits beside the other; each has all the room when it is asked again.
#[test]
fn sql_that_found_no_memory_beside_other_sql_is_answered() {
    runtime().block_on(async {
        let world = World::new(Limits { sql: Duration::from_secs(20), ..Limits::new(10, 256) });
        world.thumb(1).await;
        let large = "select len(list(i)) from range(10000000) t(i)";
        let rows = Ok(vec![vec![Value::from(10_000_000)]]);
        assert_eq!(world.sql(large).await, rows, "it fits alone");
        for _ in 0..3 {
            let (one, other) = tokio::join!(world.sql(large), world.sql(large));
            assert_eq!((one, other), (rows.clone(), rows.clone()));
        }
        world.analyst.shutdown().await;
    });
}

/// More SQL that is asked again than there are turns: nobody waits for one who waits for them.
#[test]
fn many_that_find_no_memory_at_once_leave_turns_to_others() {
    runtime().block_on(async {
        let world = World::new(limits());
        world.thumb(1).await;
        let bomb = "select length(repeat('x', 1000000000) || repeat('y', 1000000000))";
        let from = Instant::now();
        let bombs = futures_util::future::join_all((0..8).map(|_| world.sql(bomb)));
        let other = async {
            for _ in 0..20 {
                let asked = world.ask(Question::Summary { filter: Default::default() }).await;
                assert!(matches!(asked, Ok(Answer::Summary(_))), "{asked:?}");
            }
        };
        let (bombs, ()) = tokio::join!(bombs, other);
        assert!(bombs.iter().all(Result::is_err));
        assert!(from.elapsed() < TURN_WAIT_MAX, "a turn was waited for in vain");
        world.analyst.shutdown().await;
    });
}

#[test]
fn a_killed_child_is_replaced_and_the_question_answered() {
    runtime().block_on(async {
        let world = World::new(limits());
        for n in 0..30 {
            world.thumb(n).await;
            if n % 3 == 0
                && let Some(pid) = world.analyst.pid().await
            {
                let pid = rustix::process::Pid::from_raw(i32::try_from(pid).expect("a pid"));
                rustix::process::kill_process(pid.expect("a pid"), rustix::process::Signal::KILL)
                    .expect("killed");
            }
            assert_eq!(world.count().await, Ok(Value::from(n + 1)));
        }
        world.analyst.shutdown().await;
    });
}

#[test]
fn a_child_that_ran_out_of_memory_is_replaced_and_neighbours_do_not_notice() {
    runtime().block_on(async {
        let world = World::new(Limits { sql: Duration::from_secs(20), ..Limits::new(10, 256) });
        world.thumb(1).await;
        // More than half of the memory, and more than all of it.
        let large = "select len(list(i)) from range(10000000) t(i)";
        let too_large = "select len(list(i)) from range(200000000) t(i)";
        for n in 1..=3 {
            assert_eq!(world.sql(large).await, Ok(vec![vec![Value::from(10_000_000)]]));
            let slow = "select count(*) from range(300000000) t(i) where hash(i) = 1";
            let (bomb, neighbour) = tokio::join!(world.sql(too_large), world.sql(slow));
            assert!(matches!(bomb, Err(AnalystError::TooMuch(_))), "{bomb:?}");
            assert_eq!(neighbour, Ok(vec![vec![Value::from(0)]]));
            assert_eq!(world.count().await, Ok(Value::from(1)));
            // The bomb had a child with its neighbour, and then one for itself.
            assert_eq!(world.analyst.counters().starts.load(Ordering::Relaxed), 2 * n + 1);
        }
        assert_eq!(world.analyst.counters().deaths.load(Ordering::Relaxed), 0);
        assert_eq!(world.analyst.counters().kills.load(Ordering::Relaxed), 0);
        world.analyst.shutdown().await;
    });
}

#[test]
fn an_end_with_a_question_open_is_no_accident() {
    runtime().block_on(async {
        let world = World::new(limits());
        for dropped_first in [true, false] {
            let folder = world.folder.clone();
            let analyst = Analyst::new(folder, program(), limits());
            let endless = "select i from range(10000000000) t(i)".to_owned();
            let as_of = world.as_of().await;
            let mut rows = analyst.rows(as_of, endless, None).await.expect("starts");
            assert!(rows.next().await.expect("rows").is_some());
            let kept = if dropped_first { None } else { Some(rows) };
            analyst.shutdown().await;
            drop(kept);
            assert_eq!(analyst.counters().deaths.load(Ordering::Relaxed), 0);
            assert_eq!(analyst.counters().kills.load(Ordering::Relaxed), 0);
        }
    });
}

#[test]
fn an_idle_child_ends_and_a_new_one_answers() {
    runtime().block_on(async {
        let world = World::new(Limits { idle: Duration::from_millis(200), ..limits() });
        world.thumb(1).await;
        assert_eq!(world.count().await, Ok(Value::from(1)));
        let until = Instant::now() + Duration::from_secs(5);
        while world.analyst.pid().await.is_some() {
            assert!(Instant::now() < until, "the child does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(world.count().await, Ok(Value::from(1)));
        assert_eq!(world.analyst.counters().deaths.load(Ordering::Relaxed), 0);
        world.analyst.shutdown().await;
    });
}

#[test]
fn a_dropped_result_frees_its_turn() {
    runtime().block_on(async {
        let world = World::new(limits());
        for _ in 0..6 {
            let endless = "select i from range(10000000000) t(i)".to_owned();
            let as_of = world.as_of().await;
            let mut rows = world.analyst.rows(as_of, endless, None).await.expect("starts");
            assert!(rows.next().await.expect("rows").is_some());
        }
        assert_eq!(world.count().await, Ok(Value::from(0)));
        assert_eq!(world.analyst.counters().kills.load(Ordering::Relaxed), 0);
        world.analyst.shutdown().await;
    });
}
