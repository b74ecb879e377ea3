//! The mirror: whatever happens to it, votes are taken and the answers are right soon after.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::load::{Fate, Load, Plan, Sent};
use crate::support::store::Row;
use crate::support::{
    ALL_SCOPES, Client, PATIENCE, Random, Server, folder, key, process, store, until,
};

const KILLS: usize = 100;
/// The promise: this long after the trouble the answers are right again.
const RECOVERY: Duration = Duration::from_secs(10);
/// Few enough that an answer over HTTP holds all rows.
const MESSAGES: usize = 800;

/// Writers that vote, change their minds and take votes back, on a limited set of messages.
fn changing_votes(writers: usize, seed: u64) -> Plan {
    Plan::new(writers, seed, |_, _, random| -> Value {
        let thumb = random.pick(&[Some("up"), Some("down"), Some("up"), None]);
        json!({
            "message_id": format!("m{}", random.below(MESSAGES)),
            "feedback": thumb,
            "user_id": format!("user-{}", random.below(3)),
            "action_type": random.pick(&["todo", "appointment"]),
        })
    })
}

#[test]
fn votes_do_not_notice_the_death_of_the_warehouse() {
    let data = folder();
    let server = Server::start(data.path());
    let secret = key(data.path(), ALL_SCOPES);
    let load = changing_votes(2, 1).start(&server, &secret);
    let mut client = server.client_with(&secret);
    let mut random = Random::new(2);
    let (mut kills, mut answers) = (0, 0);
    until("a hundred kills", 4 * PATIENCE, || {
        // Each question starts a warehouse if there is none; some are hit while they work.
        let asker = std::thread::spawn({
            let mut client = server.client_with(&secret);
            move || ask(&mut client).map(|rows| rows.len())
        });
        let moment = Duration::from_millis(random.below(60) as u64);
        std::thread::park_timeout(moment);
        for id in server.warehouses() {
            process::kill(id);
            kills += 1;
        }
        answers += usize::from(asker.join().expect("a question does not panic").is_ok());
        (kills >= KILLS).then_some(())
    });
    let sent = load.finish();
    assert_all_taken(&sent);
    assert!(sent.len() > 300, "only {} votes meanwhile", sent.len());
    assert_agree(&mut client, data.path());
    assert!(answers > 0, "no question was answered between the kills");
}

#[test]
fn a_mirror_that_is_gone_or_damaged_is_made_again_under_load() {
    let data = folder();
    let mut server = Server::start(data.path());
    let secret = key(data.path(), ALL_SCOPES);
    let mut client = server.client_with(&secret);
    let load = changing_votes(1, 3).start(&server, &secret);
    until("some votes", PATIENCE, || (load.acknowledged() > 200).then_some(()));
    assert_all_taken(&load.finish());
    assert_agree(&mut client, data.path());
    let foreign = other_mirror();
    for (n, (name, damage)) in damages(&foreign).into_iter().enumerate() {
        // In turn: under the warehouse's hands, after its death, and while the server is down.
        let load = changing_votes(1, 10 + n as u64).start(&server, &secret);
        let files = mirror_files(data.path());
        assert!(!files.is_empty(), "{name}: there is no mirror to damage");
        match n % 3 {
            0 => files.iter().for_each(|file| damage(file)),
            1 => {
                server.warehouses().into_iter().for_each(process::kill);
                files.iter().for_each(|file| damage(file));
            }
            _ => {
                assert_all_taken(&finish_some(load, 1));
                assert_eq!(server.terminate().0, Some(0), "{name}");
                mirror_files(data.path()).iter().for_each(|file| damage(file));
                server = Server::start(data.path());
                client = server.client_with(&secret);
                let load = changing_votes(1, 100 + n as u64).start(&server, &secret);
                assert_all_taken(&finish_some(load, 50));
                assert_agree(&mut client, data.path());
                continue;
            }
        }
        assert_all_taken(&finish_some(load, 50));
        // A damaged file may go unseen while the warehouse holds it in memory; not afterwards.
        assert_agree(&mut client, data.path());
        server.warehouses().into_iter().for_each(process::kill);
        assert_agree(&mut client, data.path());
    }
    assert!(server.lives());
}

#[test]
fn deleting_the_mirror_folder_loses_nothing() {
    let data = folder();
    let server = Server::start(data.path());
    let secret = key(data.path(), ALL_SCOPES);
    let load = changing_votes(2, 4).start(&server, &secret);
    assert_all_taken(&finish_some(load, 300));
    assert_agree(&mut server.client_with(&secret), data.path());
    assert_eq!(server.terminate().0, Some(0));
    fs::remove_dir_all(data.path().join("mirror")).expect("it is there");
    let server = Server::start(data.path());
    assert_agree(&mut server.client_with(&secret), data.path());
}

/// Sound files that are not what this program would have made of this store.
#[test]
fn a_mirror_of_another_make_is_made_again() {
    let made_otherwise = [
        "update mirror_meta set schema_number = schema_number + 1",
        "update mirror_meta set duckdb_version = 'v0.0.1'",
        "update mirror_meta set source_uuid = 'another'",
        "delete from mirror_meta",
        "drop table mirror_meta",
        "drop table feedback",
        "alter table feedback drop column message_id",
    ];
    let data = folder();
    let mut server = Server::start(data.path());
    let secret = key(data.path(), ALL_SCOPES);
    for (n, sql) in made_otherwise.into_iter().enumerate() {
        let load = changing_votes(1, 200 + n as u64).start(&server, &secret);
        assert_all_taken(&finish_some(load, 30));
        assert_agree(&mut server.client_with(&secret), data.path());
        assert_eq!(server.terminate().0, Some(0), "{sql}");
        tamper(data.path(), sql);
        server = Server::start(data.path());
        let load = changing_votes(1, 300 + n as u64).start(&server, &secret);
        assert_all_taken(&finish_some(load, 30));
        assert_agree(&mut server.client_with(&secret), data.path());
    }
}

/// The store is put back to an earlier copy by hand, the mirror is not: it holds rows that are
/// no more, and positions that will be given out a second time.
#[test]
fn a_store_put_back_to_an_earlier_copy_is_mirrored_anew() {
    let data = folder();
    let (db, copy) = (data.path().join("thumbwheel.db"), data.path().join("copy"));
    let server = Server::start(data.path());
    let secret = key(data.path(), ALL_SCOPES);
    let vote_and_stop = |server: Server, seed, n| {
        let load = changing_votes(1, seed).start(&server, &secret);
        assert_all_taken(&finish_some(load, n));
        assert_agree(&mut server.client_with(&secret), data.path());
        assert_eq!(server.terminate().0, Some(0));
    };
    vote_and_stop(server, 6, 50);
    fs::copy(&db, &copy).expect("writable");
    // Afterwards the store is behind the mirror for a while, or beyond it before anyone asks.
    for (seed, n) in [(8, 10), (9, 120)] {
        vote_and_stop(Server::start(data.path()), 7, 50);
        fs::copy(&copy, &db).expect("writable");
        vote_and_stop(Server::start(data.path()), seed, n);
    }
}

/// The control: the answers compared here come from the mirror, not from the store.
#[test]
fn a_row_that_is_missing_in_the_mirror_is_missing_in_the_answer() {
    let data = folder();
    let server = Server::start(data.path());
    let secret = key(data.path(), ALL_SCOPES);
    let load = changing_votes(1, 5).start(&server, &secret);
    assert_all_taken(&finish_some(load, 30));
    assert_agree(&mut server.client_with(&secret), data.path());
    assert_eq!(server.terminate().0, Some(0));
    let one = "delete from feedback where id = (select min(id) from feedback)";
    tamper(data.path(), one);
    let server = Server::start(data.path());
    let mirrored = ask(&mut server.client_with(&secret)).expect("an answer");
    assert_eq!(mirrored.len() + 1, store::feedback(data.path()).len());
}

/// Changes the mirror of a server that is down, past the program.
#[track_caller]
fn tamper(data: &Path, sql: &str) {
    let mirror = data.join("mirror/1.duckdb");
    let db = duckdb::Connection::open(mirror).expect("it is a sound file");
    db.execute_batch(sql).expect("it has the tables of a mirror");
}

#[test]
fn the_warehouse_ends_with_its_server() {
    let data = folder();
    for graceful in [true, false] {
        let server = Server::start(data.path());
        let secret = key(data.path(), ALL_SCOPES);
        ask(&mut server.client_with(&secret)).expect("an answer");
        let warehouses = server.warehouses();
        assert_eq!(warehouses.len(), 1, "one warehouse for one project");
        if graceful {
            assert_eq!(server.terminate().0, Some(0));
        } else {
            server.kill9();
        }
        until("the warehouse is gone", RECOVERY, || {
            warehouses.iter().all(|id| !process::lives(*id)).then_some(())
        });
    }
}

/// The control: the comparison that these tests rest on sees one changed, missing or added row.
#[test]
fn the_comparison_of_mirror_and_store_sees_every_difference() {
    let row = |id: &str, thumb: &str| (id.to_owned(), "twu_a".to_owned(), thumb.to_owned());
    let rows = vec![row("m1", "up"), row("m2", "down")];
    let same = digest(&rows);
    assert_eq!(same, digest(&rows.clone()));
    assert_ne!(same, digest(&[row("m1", "up"), row("m2", "up")]));
    assert_ne!(same, digest(&rows[..1]));
    assert_ne!(same, digest(&[rows.clone(), vec![row("m3", "up")]].concat()));
}

/// Asks the warehouse for all rows.
fn ask(client: &mut Client) -> Result<Vec<Row>, String> {
    let sql = "select message_id, user_id, feedback from feedback order by message_id, user_id";
    let reply = client.post("/api/query", &json!({ "sql": sql }));
    if reply.status != 200 {
        return Err(format!("{}: {}", reply.status, reply.text()));
    }
    let reply = reply.json();
    assert_eq!(reply["truncated"], json!(false), "the answer must hold all rows");
    let rows = reply["rows"].as_array().expect("a list");
    let text = |row: &Value, name: &str| row[name].as_str().expect("text").to_owned();
    Ok(rows
        .iter()
        .map(|row| (text(row, "message_id"), text(row, "user_id"), text(row, "feedback")))
        .collect())
}

/// Waits until the mirror and the store hold the same rows.
#[track_caller]
fn assert_agree(client: &mut Client, folder: &Path) {
    let deadline = std::time::Instant::now() + RECOVERY;
    loop {
        let trouble = match ask(client) {
            Ok(mirrored) => {
                let stored = store::feedback(folder);
                if digest(&mirrored) == digest(&stored) {
                    return;
                }
                format!("{} rows mirrored, {} stored", mirrored.len(), stored.len())
            }
            Err(error) => error,
        };
        assert!(std::time::Instant::now() < deadline, "no agreement: {trouble}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// Count and hash of rows; equal for equal rows in equal order.
fn digest(rows: &[Row]) -> (usize, Vec<u8>) {
    let mut hash = Sha256::new();
    for (message, user, thumb) in rows {
        for part in [message, user, thumb] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    (rows.len(), hash.finalize().to_vec())
}

#[track_caller]
fn assert_all_taken(sent: &[Sent]) {
    let bad = sent.iter().find(|it| !matches!(it.fate, Fate::Acknowledged));
    assert!(bad.is_none(), "a vote noticed: {bad:?}");
}

/// Lets the load come to `n` acknowledged votes and ends it.
fn finish_some(load: Load, n: usize) -> Vec<Sent> {
    until("some votes", PATIENCE, || (load.acknowledged() >= n).then_some(()));
    load.finish()
}

/// Every file below the mirror folder.
fn mirror_files(data: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![data.join("mirror")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("readable").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}

/// The mirror of another installation with other rows: a sound file that is not ours.
fn other_mirror() -> Vec<u8> {
    let data = folder();
    let server = Server::start(data.path());
    let secret = key(data.path(), ALL_SCOPES);
    let load = changing_votes(1, 99).start(&server, &secret);
    assert_all_taken(&finish_some(load, 20));
    assert_agree(&mut server.client_with(&secret), data.path());
    assert_eq!(server.terminate().0, Some(0));
    let sizes = mirror_files(data.path()).into_iter();
    let largest = sizes.max_by_key(|path| fs::metadata(path).map_or(0, |file| file.len()));
    fs::read(largest.expect("there is a mirror")).expect("readable")
}

/// A name, and what does that to a file.
type Damage = (&'static str, Box<dyn Fn(&Path)>);

/// Ways to hurt one file. A file may vanish on its own while they work: that is harm, too.
fn damages(foreign: &[u8]) -> Vec<Damage> {
    fn change(path: &Path, edit: impl Fn(&mut Vec<u8>)) {
        if let Ok(mut bytes) = fs::read(path) {
            edit(&mut bytes);
            // In place, as bad sectors are: whoever has the file open sees it, too.
            drop(fs::write(path, bytes));
        }
    }
    let foreign = foreign.to_vec();
    vec![
        ("deleted", Box::new(|path: &Path| drop(fs::remove_file(path)))),
        ("halved", Box::new(|path: &Path| change(path, |b| b.truncate(b.len() / 2)))),
        ("emptied", Box::new(|path: &Path| change(path, Vec::clear))),
        (
            "cut by a byte",
            Box::new(|path: &Path| change(path, |b| b.truncate(b.len().saturating_sub(1)))),
        ),
        ("random inside", Box::new(|path: &Path| change(path, |b| scribble(b)))),
        ("random header", Box::new(|path: &Path| change(path, |b| random_start(b, 64)))),
        ("zeroed", Box::new(|path: &Path| change(path, |b| b.fill(0)))),
        ("a text file", Box::new(|path: &Path| drop(fs::write(path, "this is no mirror\n")))),
        ("of another installation", Box::new(move |path: &Path| drop(fs::write(path, &foreign)))),
        ("of a newer storage version", Box::new(|path: &Path| change(path, |b| newer_version(b)))),
        ("doubled", Box::new(|path: &Path| change(path, |b| b.extend_from_within(..)))),
        ("unreadable noise", Box::new(|path: &Path| change(path, |b| random_start(b, 1 << 20)))),
    ]
}

fn scribble(bytes: &mut [u8]) {
    let mut random = Random::new(bytes.len() as u64);
    for _ in 0..200.min(bytes.len()) {
        let at = random.below(bytes.len());
        bytes[at] ^= 1 + random.below(255) as u8;
    }
}

fn random_start(bytes: &mut [u8], n: usize) {
    let n = n.min(bytes.len());
    Random::new(n as u64).fill(&mut bytes[..n]);
}

/// A DuckDB file has its version number after a checksum and the letters DUCK.
fn newer_version(bytes: &mut [u8]) {
    if bytes.len() > 20 && &bytes[8..12] == b"DUCK" {
        bytes[12..20].copy_from_slice(&9_999_u64.to_le_bytes());
    }
}
