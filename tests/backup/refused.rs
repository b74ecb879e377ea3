//! Restores that must not happen: each says why and what to do, and changes nothing.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::{backup, files, fill, text};
use crate::support::{Server, cli, folder};

/// Tries to restore; what was there before must be there after, to the byte.
#[track_caller]
fn refused(data: &Path, backup: &Path, more: &[&str]) -> String {
    let before = files(data);
    let output = cli(data, &[&["restore", text(backup)], more].concat());
    assert_eq!(output.code, Some(1), "{}", output.stderr);
    let mut after = files(data);
    // The lock names whoever held it last.
    let lock = data.join(".lock");
    after.remove(&lock);
    for (path, bytes) in before.iter().filter(|(path, _)| **path != lock) {
        assert!(after.get(path) == Some(bytes), "{} was changed", path.display());
        after.remove(path);
    }
    assert!(after.is_empty(), "left behind: {:?}", after.keys());
    output.stderr
}

#[test]
fn a_restore_without_the_right_key_is_refused_with_the_remedy() {
    let (data, other) = (folder(), folder());
    fill(data.path(), 2);
    fill(other.path(), 2);
    let saved = backup(data.path(), &[]);

    let empty = folder();
    let said = refused(empty.path(), &saved, &[]);
    assert!(said.contains("secret.key is missing") && said.contains("--with-key"), "{said}");

    let said = refused(other.path(), &saved, &["--yes"]);
    assert!(said.contains("belongs to another database"), "{said}");
    assert!(said.contains("--with-key"), "{said}");

    // The remedy works.
    fs::copy(data.path().join("secret.key"), empty.path().join("secret.key")).expect("copied");
    cli(empty.path(), &["restore", text(&saved)]).expect(0);
    assert_eq!(cli(empty.path(), &["export"]).expect(0).lines().count(), 2);
    // So does the other one; the key that was there is set aside with its database.
    let own = fs::read(other.path().join("secret.key")).expect("there");
    let with_key = backup(data.path(), &["--with-key"]);
    cli(other.path(), &["restore", text(&with_key), "--yes"]).expect(0);
    let aside = files(other.path())
        .into_iter()
        .find(|(path, _)| path.ends_with("secret.key") && path.parent() != Some(other.path()));
    assert!(aside.is_some_and(|(_, bytes)| bytes == own));
    assert_eq!(cli(other.path(), &["export"]).expect(0).lines().count(), 2);

    // A key in the backup that does not fit is none.
    fs::write(with_key.join("secret.key"), format!("{}\n", "ab".repeat(32))).expect("written");
    let said = refused(folder().path(), &with_key, &[]);
    assert!(said.contains("another database"), "{said}");
}

#[test]
fn a_running_server_and_a_database_that_is_there_are_safe() {
    let data = folder();
    fill(data.path(), 2);
    let saved = backup(data.path(), &[]);
    fill(data.path(), 3);
    let said = refused(data.path(), &saved, &[]);
    assert!(said.contains("--yes") && said.contains("2 feedback"), "{said}");

    let server = Server::start(data.path());
    let output = cli(data.path(), &["restore", text(&saved), "--yes"]);
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains(&server.id().to_string()), "{}", output.stderr);
    assert_eq!(cli(data.path(), &["export"]).expect(0).lines().count(), 3);
    server.terminate();
    cli(data.path(), &["restore", text(&saved), "--yes"]).expect(0);
    assert_eq!(cli(data.path(), &["export"]).expect(0).lines().count(), 2);
}

#[test]
fn backups_that_are_damaged_foreign_or_from_the_future_are_refused() {
    let data = folder();
    fill(data.path(), 50);
    let saved = backup(data.path(), &["--with-key"]);
    let database = saved.join("thumbwheel.db");
    let sound = fs::read(&database).expect("readable");
    let manifest = fs::read(saved.join("manifest.json")).expect("readable");
    let check = |name: &str, path: &Path, word: &str| {
        let said = refused(data.path(), path, &["--yes"]);
        assert!(said.contains(word), "{name}: {said}");
    };

    let mut flipped = sound.clone();
    flipped[sound.len() / 2] ^= 0xFF;
    fs::write(&database, &flipped).expect("written");
    check("a flipped byte", &saved, "damaged");
    // Without a manifest the pages themselves are looked at.
    let alone = folder();
    let file = alone.path().join("some.db");
    let mut torn = sound.clone();
    torn[4096..3 * 4096].fill(0x5A);
    fs::write(&file, &torn).expect("written");
    check("torn pages", &file, "damaged");
    fs::write(&file, "this is a text file, and a long enough one").expect("written");
    check("a text", &file, "not a thumbwheel database");

    fs::write(&file, &sound).expect("written");
    let db = Connection::open(&file).expect("opens");
    db.pragma_update(None, "user_version", 9_999).expect("set");
    drop(db);
    check("the future", &file, "newer thumbwheel");

    fs::write(&database, &sound).expect("written");
    fs::remove_file(saved.join("manifest.json")).expect("removed");
    check("no manifest", &saved, "no manifest");
    fs::write(saved.join("manifest.json"), manifest).expect("written");
    check("nothing", &alone.path().join("typo"), "no backup");
    cli(data.path(), &["restore", text(&saved), "--yes"]).expect(0);
}
