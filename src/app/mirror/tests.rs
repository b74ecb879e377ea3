//! The mirror against its store: whatever happens to either, they end up equal.

use std::fs;
use std::io::pipe;

use tempfile::TempDir;

use super::*;
use crate::app::protocol::Answer;
use crate::model::feedback::{NewFeedback, Thumb};
use crate::model::filter::Filter;
use crate::model::fingerprint::Fingerprint;
use crate::model::ids::{MessageId, Subject};
use crate::model::patch::Patch;
use crate::model::response::{NewResponse, ResponsePatch, Source};
use crate::model::signal::{NewSignal, SignalKind};
use crate::model::time::Timestamp;
use crate::model::trust::Trust;
use crate::store::change_log;
use crate::store::{
    DataFolder, ReadOnly, Store, Synchronous, responses, signals, subjects, thumbs,
};

const PROJECT: ProjectId = ProjectId(1);
const LIMITS: Limits = Limits { memory_mib: 256, threads: 1 };

/// A store, the mirrors beside it, and a clock.
struct World {
    _temp: TempDir,
    folder: DataFolder,
    store: Store,
    runtime: tokio::runtime::Runtime,
    now_us: i64,
}

impl World {
    fn new() -> Self {
        let temp = tempfile::tempdir().expect("temp dir");
        let folder = DataFolder::open(temp.path()).expect("usable");
        let now = Timestamp::from_micros(1).expect("in range");
        let store = Store::open(&folder, Synchronous::Normal, now).expect("opens");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("builds");
        Self { _temp: temp, folder, store, runtime, now_us: 1_000_000_000 }
    }

    fn projects(&self) -> Projects {
        let mirrors = MirrorFolder::open(&self.folder.mirror_dir()).expect("made");
        Projects::new(self.folder.clone(), mirrors, LIMITS)
    }

    fn now(&mut self) -> Timestamp {
        self.now_us += 1_000_000;
        Timestamp::from_micros(self.now_us).expect("in range")
    }

    fn thumb(&mut self, message: u32, user: u32, thumb: Option<Thumb>, comment: &str) {
        let new = NewFeedback {
            message_id: message_id(message),
            subject: subject(user),
            thumb,
            reasons: Patch::Absent,
            comment: Patch::Set(comment.to_owned()),
            correction: Patch::Absent,
            response: ResponsePatch::default(),
            trust: Trust::Secret,
            source: Source::Api,
            client_ts: None,
            created_at: None,
            updated_at: None,
            received_at: self.now(),
        };
        let write = self.store.write(0, move |tx| thumbs::record(tx, PROJECT, new));
        self.runtime.block_on(write).expect("written");
    }

    fn response(&mut self, message: u32, text: &str) {
        let now = self.now();
        let new = NewResponse {
            message_id: message_id(message),
            patch: ResponsePatch {
                user_message: Patch::Set(text.to_owned()),
                ..ResponsePatch::default()
            },
            trust: Trust::Secret,
            source: Source::Api,
            created_at: now,
            received_at: now,
        };
        let write = self.store.write(0, move |tx| responses::record(tx, PROJECT, new));
        self.runtime.block_on(write).expect("written");
    }

    fn signal(&mut self, message: u32, user: u32) {
        let new = NewSignal {
            message_id: message_id(message),
            subject: subject(user),
            kind: SignalKind::Copy,
            value: None,
            trust: Trust::Secret,
            client_ts: None,
            received_at: self.now(),
        };
        let write = self.store.write(0, move |tx| signals::record(tx, PROJECT, &new));
        self.runtime.block_on(write).expect("written");
    }

    fn erase(&mut self, user: u32) {
        let now = self.now();
        let write =
            self.store.write(0, move |tx| subjects::erase(tx, PROJECT, &subject(user), now));
        self.runtime.block_on(write).expect("written");
    }

    fn head(&self) -> Seq {
        let mut reader = ReadOnly::open(&self.folder).expect("opens");
        reader.snapshot(|db| change_log::head(db, PROJECT)).expect("reads")
    }

    /// What the store holds, computed without the mirror.
    fn expected(&self) -> Fingerprint {
        let mut fingerprint = Fingerprint::default();
        let mut reader = ReadOnly::open(&self.folder).expect("opens");
        let scan = reader.snapshot(|db| {
            change_log::each_feedback(db, PROJECT, &mut |row| {
                fingerprint.add(&row);
                std::ops::ControlFlow::Continue(())
            })
        });
        scan.expect("reads");
        fingerprint
    }

    fn mirror_file(&self) -> PathBuf {
        self.folder.mirror_dir().join("1.duckdb")
    }

    /// Every byte of every file of the mirror.
    fn mirror_bytes(&self) -> Vec<u8> {
        let (mut bytes, mut open) = (Vec::new(), vec![self.folder.mirror_dir()]);
        while let Some(path) = open.pop() {
            if path.is_dir() {
                let entries = fs::read_dir(&path).expect("reads");
                open.extend(entries.map(|entry| entry.expect("reads").path()));
            } else {
                bytes.extend(fs::read(&path).expect("reads"));
            }
        }
        bytes
    }
}

fn message_id(n: u32) -> MessageId {
    MessageId::parse(format!("m{n}")).expect("valid")
}

fn subject(n: u32) -> Subject {
    let letters = |digit: char| char::from(b'a' + u8::try_from(digit as u32 - 48).expect("digit"));
    let body: String = format!("{n:026}").chars().map(letters).collect();
    Subject::parse(&format!("twu_{body}")).expect("valid")
}

fn fingerprint(projects: &Projects, seq: Seq) -> Fingerprint {
    let mut read =
        |mirror: &warehouse::mirror::Mirror| warehouse::fingerprint::of_feedback(&mirror.reader()?);
    projects.with(PROJECT, seq, &|_| (), &mut read).expect("answers")
}

#[track_caller]
fn assert_equal(world: &World, projects: &Projects) {
    assert_eq!(fingerprint(projects, world.head()), world.expected());
}

/// A small generator, so that a failure names its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u32 {
        // xorshift64*, Vigna 2016.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        u32::try_from(high % sides).expect("small")
    }
}

#[test]
fn any_order_of_changes_leaves_mirror_and_store_equal() {
    for seed in 1..=6 {
        let mut dice = Dice(seed);
        let mut world = World::new();
        let mut projects = world.projects();
        for step in 0..120 {
            let (message, user) = (dice.roll(12), dice.roll(5));
            match dice.roll(20) {
                0..=7 => world.thumb(message, user, Some(Thumb::Up), &format!("c{step}")),
                8..=11 => world.thumb(message, user, Some(Thumb::Down), ""),
                12..=13 => world.thumb(message, user, None, ""),
                14..=16 => world.response(message, &format!("text {}", dice.roll(4))),
                17 => world.signal(message, user),
                18 => world.erase(user),
                _ => projects = world.projects(),
            }
            if dice.roll(4) == 0 {
                let equal = fingerprint(&projects, world.head()) == world.expected();
                assert!(equal, "seed {seed}, step {step}");
            }
        }
        assert_equal(&world, &projects);
    }
}

#[test]
fn what_was_erased_is_in_no_file_of_the_mirror() {
    const CANARY: &[u8] = b"canary-in-the-mirror-7f3a";
    let mut world = World::new();
    for message in 0..50 {
        world.thumb(message, message % 2, Some(Thumb::Down), "canary-in-the-mirror-7f3a");
        world.thumb(message, 7, Some(Thumb::Down), "stays");
    }
    let projects = world.projects();
    assert_equal(&world, &projects);
    drop(projects);
    let contains = |bytes: &[u8]| bytes.windows(CANARY.len()).any(|window| window == CANARY);
    assert!(contains(&world.mirror_bytes()), "the test sees the text while it is there");
    // A quarantined copy must go, too.
    let bad = world.folder.mirror_dir().join("bad");
    fs::create_dir_all(&bad).expect("made");
    fs::copy(world.mirror_file(), bad.join("1.duckdb")).expect("copied");

    world.erase(0);
    world.erase(1);
    let projects = world.projects();
    assert_equal(&world, &projects);
    assert_eq!(world.expected().rows, 50);
    assert!(!contains(&world.mirror_bytes()));
}

#[test]
fn a_deleted_truncated_damaged_or_foreign_mirror_is_built_anew() {
    let mut world = World::new();
    for message in 0..300 {
        world.response(message, &format!("text {message}"));
        world.thumb(message, message % 3, Some(Thumb::Up), "fine");
    }
    assert_equal(&world, &world.projects());
    let file = world.mirror_file();
    let whole = fs::read(&file).expect("reads");
    let damages: [(&str, &dyn Fn()); 6] = [
        ("deleted", &|| fs::remove_file(&file).expect("removed")),
        ("empty", &|| fs::write(&file, b"").expect("written")),
        ("cut", &|| fs::write(&file, &whole[..whole.len() / 2]).expect("written")),
        ("noise", &|| fs::write(&file, vec![7; 70_000]).expect("written")),
        ("flipped", &|| {
            let mut bytes = fs::read(&file).expect("reads");
            let len = bytes.len();
            (4096..len).step_by(4096).for_each(|at| bytes[at + 100] ^= 0x55);
            fs::write(&file, bytes).expect("written");
        }),
        ("never opened", &|| {
            fs::write(world.folder.mirror_dir().join("1.opening"), b"").expect("written");
        }),
    ];
    for (what, damage) in damages {
        damage();
        let projects = world.projects();
        assert_eq!(fingerprint(&projects, world.head()), world.expected(), "{what}");
        drop(projects);
        assert!(!world.folder.mirror_dir().join("1.opening").exists(), "{what}");
    }
    assert!(world.folder.mirror_dir().join("bad/1.duckdb").exists(), "the last one is kept");
}

#[test]
fn a_mirror_of_another_store_is_built_anew() {
    let mut one = World::new();
    let mut other = World::new();
    for message in 0..20 {
        one.thumb(message, 0, Some(Thumb::Up), "one");
        other.thumb(message, 0, Some(Thumb::Down), "other");
    }
    assert_equal(&one, &one.projects());
    fs::create_dir_all(other.folder.mirror_dir()).expect("made");
    fs::copy(one.mirror_file(), other.mirror_file()).expect("copied");
    assert_equal(&other, &other.projects());
}

#[test]
fn each_answer_counts_what_was_acknowledged_before_the_question() {
    let mut world = World::new();
    let projects = world.projects();
    for n in 0..100 {
        world.thumb(n, 0, Some(Thumb::Up), "");
        let mut count = |mirror: &warehouse::mirror::Mirror| {
            let reader = mirror.reader()?;
            let tallies = warehouse::summary::by_action_type(&reader, &Filter::default())?;
            Ok(tallies.iter().map(|tally| tally.n).sum::<u64>())
        };
        let counted = projects.with(PROJECT, world.head(), &|_| (), &mut count).expect("answers");
        assert_eq!(counted, u64::from(n) + 1);
    }
}

/// Asks a child that runs in a thread of this process.
fn converse(world: &World, questions: Vec<ToChild>, ends: usize) -> Vec<FromChild> {
    let (input, mut to_child) = pipe().expect("pipe");
    let (mut from_child, output) = pipe().expect("pipe");
    let hub = Hub::new(world.projects(), None, output);
    let child = std::thread::spawn(move || answer_all(hub, input));
    for question in &questions {
        protocol::write(&mut to_child, question).expect("listens");
    }
    let (mut heard, mut ended) = (Vec::new(), 0);
    while ended < ends {
        let frame = protocol::read::<FromChild>(&mut from_child).expect("speaks").expect("a frame");
        match frame.news {
            News::Done(_) | News::Failed(_) => ended += 1,
            News::Rows(_) => {
                protocol::write(&mut to_child, &ToChild::More { id: frame.id }).expect("listens");
            }
            News::Progress(_) | News::Started | News::Columns(_) => (),
        }
        heard.push(frame);
    }
    drop(to_child);
    child.join().expect("no panic").expect("ends well");
    heard
}

fn ask(world: &World, id: u64, question: Question) -> ToChild {
    ToChild::Ask { id, project: PROJECT.0, seq: world.head(), question }
}

#[test]
fn a_conversation_has_an_end_for_each_question() {
    let mut world = World::new();
    world.response(1, "Add milk");
    world.thumb(1, 1, Some(Thumb::Up), "");
    let sql = |sql: &str| Question::Query { sql: sql.to_owned(), row_cap: None };
    let heard = converse(
        &world,
        vec![
            ask(&world, 1, Question::Ping),
            ask(&world, 2, sql("select user_message from feedback")),
            ask(&world, 3, sql("select i from range(300000) t(i)")),
            ask(&world, 4, sql("drop table feedback")),
            ask(&world, 5, Question::CatchUp),
            ask(&world, 6, Question::ReadParquet { path: "/etc/passwd".into() }),
        ],
        6,
    );
    let end = |id| {
        let mut ends = heard.iter().filter(|frame| frame.id == id).rev();
        ends.next().expect("something").news.clone()
    };
    assert_eq!(end(1), News::Done(Answer::Pong));
    assert_eq!(end(2), News::Done(Answer::Rows { rows: 1, truncated: false }));
    assert_eq!(end(3), News::Done(Answer::Rows { rows: 300_000, truncated: false }));
    assert!(matches!(end(4), News::Failed(Failure::Refused(_))), "{:?}", end(4));
    assert_eq!(end(5), News::Done(Answer::CaughtUp(world.head())));
    assert!(matches!(end(6), News::Failed(Failure::Refused(_))), "{:?}", end(6));
}

#[test]
fn a_question_that_nobody_waits_for_is_stopped() {
    let world = World::new();
    let sql = "select count(*) from range(10000000000) a, range(10000000000) b".to_owned();
    let endless = Question::Query { sql, row_cap: None };
    let (input, mut to_child) = pipe().expect("pipe");
    let (mut from_child, output) = pipe().expect("pipe");
    let hub = Hub::new(world.projects(), None, output);
    let child = std::thread::spawn(move || answer_all(hub, input));
    protocol::write(&mut to_child, &ask(&world, 1, endless)).expect("listens");
    loop {
        let frame = protocol::read::<FromChild>(&mut from_child).expect("speaks").expect("a frame");
        match frame.news {
            News::Failed(failure) => {
                assert_eq!(failure, Failure::Stopped);
                break;
            }
            // DuckDB forgets an interrupt that comes before the query runs, so it is repeated.
            _ => protocol::write(&mut to_child, &ToChild::Cancel { id: 1 }).expect("listens"),
        }
        if matches!(frame.news, News::Started) {
            std::thread::sleep(std::time::Duration::from_millis(300));
            protocol::write(&mut to_child, &ToChild::Cancel { id: 1 }).expect("listens");
        }
    }
    drop(to_child);
    child.join().expect("no panic").expect("ends well");
}
