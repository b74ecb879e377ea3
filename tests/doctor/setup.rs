//! Faults of the machine, the folder, the database and the server.

use std::fs::{self, File, OpenOptions, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use rusqlite::Connection;

use super::{doctor, doctor_with};
use crate::support::command::{binary, command, run};
use crate::support::{Server, cli, folder, key};

/// A fresh sound installation.
fn installation() -> tempfile::TempDir {
    let data = folder();
    key(data.path(), "ingest");
    data
}

fn database(data: &Path) -> Connection {
    Connection::open(data.join("thumbwheel.db")).expect("opens")
}

#[test]
fn a_folder_or_database_that_is_not_there_is_not_made() {
    let place = folder();
    doctor(&place.path().join("typo")).problem("data_folder", "no data folder");
    assert!(!place.path().join("typo").exists());
    doctor(place.path()).problem("database", "no database");
    assert_eq!(fs::read_dir(place.path()).expect("readable").count(), 1, "the lock alone");
}

#[test]
fn open_permissions_are_told() {
    let data = installation();
    fs::set_permissions(data.path(), Permissions::from_mode(0o755)).expect("set");
    let secret = data.path().join("secret.key");
    fs::set_permissions(&secret, Permissions::from_mode(0o644)).expect("set");
    let found = doctor(data.path());
    found.warning("data_folder", "others");
    found.warning("secret_key", "others could read");
    assert_eq!(found.code, Some(0));
    let mode = fs::metadata(secret).expect("there").permissions().mode();
    assert_eq!(mode & 0o077, 0, "it is mended");
}

#[test]
fn a_key_that_is_missing_or_foreign_is_a_problem() {
    let data = installation();
    let secret = data.path().join("secret.key");
    fs::write(&secret, format!("{}\n", "ab".repeat(32))).expect("written");
    doctor(data.path()).problem("secret_key", "another database");
    fs::remove_file(&secret).expect("removed");
    doctor(data.path()).problem("secret_key", "is missing");
}

#[test]
fn a_database_that_is_damaged_foreign_or_from_the_future_is_a_problem() {
    let data = installation();
    let path = data.path().join("thumbwheel.db");
    let sound = fs::read(&path).expect("readable");

    let mut torn = sound.clone();
    torn[4096..3 * 4096].fill(0x5A);
    fs::write(&path, torn).expect("written");
    doctor(data.path()).problem("database", "damaged");

    fs::write(&path, "this is a text file, and a long enough one").expect("written");
    doctor(data.path()).problem("database", "not a thumbwheel database");

    fs::write(&path, &sound).expect("written");
    database(data.path()).pragma_update(None, "user_version", 9_999).expect("set");
    doctor(data.path()).problem("database", "newer thumbwheel");

    database(data.path())
        .execute_batch(
            "pragma user_version = 1; pragma foreign_keys = off;
             insert into subjects (project_id, user_id) values (99, 'twu_nobody');",
        )
        .expect("set");
    doctor(data.path()).problem("database", "subjects");
}

#[test]
fn a_database_of_an_older_release_is_left_to_the_server() {
    let data = installation();
    database(data.path()).pragma_update(None, "user_version", 0).expect("set");
    doctor(data.path()).warning("schema", "older release");
    let schema: i64 = database(data.path())
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .expect("readable");
    assert_eq!(schema, 0, "the doctor upgrades nothing");
}

#[test]
fn a_long_log_and_a_missing_backup_are_told() {
    let data = installation();
    let line = r#"{"message_id":"m","feedback":"up"}"#;
    let rows = folder();
    let file = rows.path().join("rows.jsonl");
    fs::write(&file, line).expect("written");
    cli(data.path(), &["import", file.to_str().expect("UTF-8")]).expect(0);
    doctor(data.path()).warning("backups", "no backup");
    // Without content: what counts is its size.
    let log = File::create(data.path().join("thumbwheel.db-wal")).expect("made");
    log.set_len(300 << 20).expect("sparse");
    doctor(data.path()).warning("log", "314 MB");

    let made = cli(data.path(), &["backup"]).expect(0);
    let manifest = Path::new(made.trim()).join("manifest.json");
    let text = fs::read_to_string(&manifest).expect("readable");
    let at = text.find("\"created_at\": \"20").expect("a time") + 17;
    fs::write(&manifest, format!("{}2001{}", &text[..at - 2], &text[at + 2..])).expect("written");
    doctor(data.path()).warning("backups", "2001");
}

#[test]
fn a_server_that_cannot_start_or_does_not_answer_is_a_problem() {
    let data = installation();
    let taken = TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = taken.local_addr().expect("bound").to_string();
    let listen = [("THUMBWHEEL_LISTEN", address.as_str())];
    doctor_with(data.path(), &listen, &[]).problem("address", &address);

    let lock = OpenOptions::new().write(true).open(data.path().join(".lock")).expect("there");
    lock.lock().expect("free");
    // Nobody answers; commands that need the folder would wait, so the database is taken away.
    fs::remove_file(data.path().join("thumbwheel.db")).expect("removed");
    doctor(data.path()).problem("server", "in use by process");
}

#[test]
fn a_server_at_another_address_or_open_to_others_is_told() {
    let data = installation();
    let server = Server::start(data.path());
    let free = TcpListener::bind("127.0.0.1:0").expect("bound").local_addr().expect("bound");
    let address = free.to_string();
    let found = doctor_with(data.path(), &[("THUMBWHEEL_LISTEN", &address)], &[]);
    found.warning("address", "does not answer");
    let open = [("THUMBWHEEL_LISTEN", "0.0.0.0:0")];
    doctor_with(data.path(), &open, &[]).warning("proxies", "plain HTTP");
    drop(server);
}

#[test]
fn misspelt_variables_and_tight_limits_are_told() {
    let data = installation();
    let misspelt = [("THUMBWHEEL_LISEN", "a secret of somebody")];
    let found = doctor_with(data.path(), &misspelt, &[]);
    found.warning("settings", "THUMBWHEEL_LISTEN");
    assert!(!found.report.to_string().contains("a secret"), "{:#}", found.report);

    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -n 256 && exec \"$0\" doctor --json --data \"$1\""]);
    limited.arg(binary()).arg(data.path());
    // The environment of every other command under test.
    for (name, value) in command().get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited.env("THUMBWHEEL_LISTEN", "127.0.0.1:0");
    let output = run(limited, b"");
    assert!(output.expect(0).contains("the system allows 256 open files"));
}
