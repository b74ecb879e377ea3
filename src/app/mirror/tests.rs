//! The mirror against its store: whatever happens to either, they end up equal.

mod world;

use std::fs;
use std::io::pipe;

use super::*;
use crate::app::protocol::Answer;
use crate::model::feedback::Thumb;
use crate::model::filter::Filter;
use crate::model::fingerprint::Fingerprint;
use crate::model::ids::{ProjectId, Seq};
use world::{Dice, World};

const PROJECT: ProjectId = ProjectId(1);
const LIMITS: Limits = Limits { memory_mib: 256, threads: 1 };

fn fingerprint(projects: &Projects, seq: Seq) -> Fingerprint {
    let mut read =
        |mirror: &warehouse::mirror::Mirror| warehouse::fingerprint::of_feedback(&mirror.reader()?);
    projects.with(PROJECT, seq, &|_| (), &mut read).expect("answers")
}

#[track_caller]
fn assert_equal(world: &World, projects: &Projects) {
    assert_eq!(fingerprint(projects, world.head()), world.expected());
}

#[test]
fn any_order_of_changes_leaves_mirror_and_store_equal() {
    for seed in 1..=4 {
        let mut dice = Dice(seed);
        let mut world = World::new();
        let mut projects = world.projects();
        for step in 0..80 {
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
    let as_of = AsOf { project: PROJECT, seq: world.head(), without_public: false };
    ToChild::Ask { id, as_of, question: Box::new(question) }
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
    let sql = "select max(hash(i)) from range(1000000000000) t(i)".to_owned();
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
