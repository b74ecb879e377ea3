//! The power fails: nothing but what was forced to the disk is sure to be there.
//!
//! A real server writes under a recorder (`powercut_shim.c`); afterwards its data folder is
//! rebuilt as it may look after a power cut at any of hundreds of moments. Each promise rests
//! only on what the journal held when the client had the acknowledgement in its hands.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::json;

use super::journal::{Disk, Record, Survival, lay_out, read};
use super::library;
use crate::support::command::{command, run};
use crate::support::load::{Fate, Plan, Sent};
use crate::support::{ALL_SCOPES, Options, Random, Server, cli, store};

const CUTS: usize = 300;
const WRITERS: usize = 8;
const REQUESTS_PER_WRITER: usize = 50;

/// A recorded run of the server.
struct Recording {
    records: Vec<Record>,
    sent: Vec<Sent>,
}

/// What the cuts did to what was promised.
#[derive(Debug, Default)]
struct Damage {
    /// Cuts after which an acknowledged feedback was missing.
    cuts_with_loss: usize,
    /// Acknowledged feedback that was missing, over all cuts.
    lost: usize,
    /// Cuts after which the database could not be opened or failed its check, and why.
    unsound: Vec<String>,
}

#[test]
fn no_power_cut_loses_acknowledged_feedback() {
    let recording = record(&[]);
    let damage = cut(&recording, CUTS);
    assert!(damage.unsound.is_empty(), "{damage:?}");
    assert_eq!(damage.lost, 0, "{damage:?}");
}

/// The control: without the sync before the acknowledgement the same cuts do lose, so that the
/// simulator is known to see a loss. Even then the database is sound.
#[test]
fn with_synchronous_normal_the_same_power_cuts_lose_feedback() {
    let recording = record(&["--synchronous", "normal"]);
    let damage = cut(&recording, CUTS);
    assert!(damage.unsound.is_empty(), "{damage:?}");
    assert!(damage.cuts_with_loss > CUTS / 10, "{damage:?}");
}

/// A new installation is made in several steps, each forced to the disk. After every one of them
/// the power may fail, and the next start must finish what was begun.
#[test]
fn the_program_starts_on_what_a_power_cut_leaves_of_a_first_start() {
    let Recording { records, sent } = record(&[]);
    let first_vote = sent.iter().map(|it| it.mark).min().expect("votes were sent");
    let early = records.iter().position(|it| it.end >= first_vote).expect("it is recorded");
    let steps: Vec<usize> = (0..early).filter(|at| records[*at].is_sync()).collect();
    assert!(steps.len() > 5, "only {} syncs before the first vote", steps.len());
    let mut wrong = Vec::new();
    for at in steps {
        let place = rebuilt(&disk_at(&records, at), Survival::Nothing, &mut Random::new(0));
        let output = cli(place.path(), &["key", "create", "--scope", "read"]);
        if output.code != Some(0) {
            wrong.push(format!("after record {at} of {early}: {}", output.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_program_starts_on_what_a_power_cut_leaves_and_shows_all_that_was_promised() {
    let Recording { records, sent } = record(&[]);
    let first_vote = sent.iter().map(|it| it.mark).min().expect("votes were sent");
    let early = records.iter().position(|it| it.end >= first_vote).expect("it is recorded");
    let mut random = Random::new(12);
    for _ in 0..10 {
        let cut = random.between(early, records.len());
        let place = rebuilt(&disk_at(&records, cut), Survival::Some, &mut random);
        let server = Server::start(place.path());
        let present = store::thumbs_by_message(&store::open(server.folder())).expect("readable");
        let lost = missing(&sent, records[cut].end, &present);
        assert!(lost.is_empty(), "cut {cut}: {lost:?}");
        assert_eq!(server.terminate().0, Some(0), "cut {cut}");
    }
}

/// Runs a server on an empty folder under the recorder, writes, and ends it.
fn record(arguments: &[&str]) -> Recording {
    let temp = tempfile::tempdir().expect("temporary directory");
    let root = temp.path().canonicalize().expect("it is there");
    let (data, path) = (root.join("data"), root.join("journal"));
    fs::create_dir(&data).expect("writable");
    fs::write(&path, b"").expect("writable");
    let environment = vec![
        ("LD_PRELOAD".to_owned(), library(&root, "powercut_shim.c").display().to_string()),
        ("POWERCUT_FOLDER".to_owned(), format!("{}/", data.display())),
        ("POWERCUT_JOURNAL".to_owned(), path.display().to_string()),
    ];
    let mut create = command();
    create.args(["key", "create", "--scope", ALL_SCOPES, "--data"]).arg(&data);
    create.envs(environment.clone());
    let secret = run(create, b"").expect(0).trim().to_owned();

    let arguments = arguments.iter().map(|it| (*it).to_owned()).collect();
    let server = Server::start_with(&data, &Options { arguments, environment });
    let sent = votes(&path).start(&server, &secret).join();
    // An orderly end, because a kill could fall between a change and its record.
    assert_eq!(server.terminate().0, Some(0));
    assert!(sent.iter().all(|it| matches!(it.fate, Fate::Acknowledged)), "{sent:?}");
    let records = read(&path);
    assert_complete(&records, &data);
    Recording { records, sent }
}

/// A few hundred small votes, each acknowledgement noted with the length of the journal.
fn votes(journal: &Path) -> Plan {
    let mut plan = Plan::new(WRITERS, 3, |writer, n, random| {
        json!({
            "message_id": format!("w{writer}-{n}"),
            "feedback": random.pick(&["up", "down"]),
            "user_id": format!("user-{}", random.below(10)),
            "user_message": "Add milk to my list",
            "assistant_response": "x".repeat(random.below(2_000)),
            "action_type": "todo",
        })
    });
    plan.requests_max = REQUESTS_PER_WRITER;
    let journal = journal.to_owned();
    plan.mark = Arc::new(move || fs::metadata(&journal).expect("it is there").len());
    plan
}

/// The journal tells everything: replayed to its end it gives the files that really lie there.
#[track_caller]
fn assert_complete(records: &[Record], data: &Path) {
    assert!(records.len() > 500, "the recorder saw only {} changes", records.len());
    let disk = disk_at(records, records.len() - 1);
    let files = disk.after_power_cut(Survival::All, &mut Random::new(0));
    for (name, bytes) in &files {
        let real = fs::read(data.join(name)).expect("a recorded file is there");
        assert!(*bytes == real, "{name}: {} bytes recorded, {} there", bytes.len(), real.len());
    }
    for name in ["thumbwheel.db", "secret.key"] {
        assert!(files.contains_key(name), "{name} was not recorded");
    }
}

fn disk_at(records: &[Record], last: usize) -> Disk {
    let mut disk = Disk::default();
    records[..=last].iter().for_each(|record| disk.apply(record));
    disk
}

/// Cuts the power at `cuts` random moments and looks what is left.
fn cut(recording: &Recording, cuts: usize) -> Damage {
    let mut random = Random::new(11);
    let moments: BTreeSet<usize> =
        std::iter::repeat_with(|| random.below(recording.records.len())).take(cuts).collect();
    let (mut disk, mut damage) = (Disk::default(), Damage::default());
    for (at, record) in recording.records.iter().enumerate() {
        disk.apply(record);
        if moments.contains(&at) {
            let harsh = random.chance(30);
            let survival = if harsh { Survival::Nothing } else { Survival::Some };
            let place = rebuilt(&disk, survival, &mut random);
            inspect(place.path(), &recording.sent, record.end, &mut damage);
        }
    }
    damage
}

/// A folder as the power cut leaves it; in memory where the system offers that.
fn rebuilt(disk: &Disk, survival: Survival, random: &mut Random) -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let place = tempfile::tempdir_in(parent).expect("writable");
    lay_out(&disk.after_power_cut(survival, random), place.path());
    place
}

/// Opens the database as the program would and compares it with what was promised by then.
fn inspect(folder: &Path, sent: &[Sent], journal_bytes: u64, damage: &mut Damage) {
    let path = folder.join("thumbwheel.db");
    let promised = sent.iter().any(|it| it.mark <= journal_bytes);
    if !path.exists() && !promised {
        return;
    }
    let look = || -> rusqlite::Result<(String, BTreeMap<String, usize>)> {
        let db = Connection::open(&path)?;
        let check = db.query_row("pragma integrity_check", [], |row| row.get(0))?;
        let migrated: bool =
            db.query_row("select count(*) from sqlite_schema where name = 'thumbs'", [], |row| {
                row.get(0)
            })?;
        let present = if migrated { store::thumbs_by_message(&db)? } else { BTreeMap::new() };
        Ok((check, present))
    };
    match look() {
        Ok((check, present)) => {
            if check != "ok" {
                damage.unsound.push(check);
            }
            let lost = missing(sent, journal_bytes, &present);
            damage.cuts_with_loss += usize::from(!lost.is_empty());
            damage.lost += lost.len();
        }
        Err(error) => damage.unsound.push(error.to_string()),
    }
}

/// Feedback that was acknowledged before the journal had this length, and is not there once.
fn missing<'a>(
    sent: &'a [Sent],
    journal_bytes: u64,
    present: &BTreeMap<String, usize>,
) -> Vec<&'a str> {
    let promised = sent.iter().filter(|it| it.mark <= journal_bytes);
    let ids = promised.map(|it| it.message_id.as_str());
    ids.filter(|id| present.get(*id) != Some(&1)).collect()
}
