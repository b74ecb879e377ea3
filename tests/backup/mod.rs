//! Backup and restore, from outside the binary: whole, checked, and never in the way.

mod busy;
mod refused;
mod withdrawn;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::command::command;
use crate::support::{Server, cli, folder, store};

/// Makes a backup; returns where it lies.
#[track_caller]
fn backup(data: &Path, more: &[&str]) -> PathBuf {
    PathBuf::from(cli(data, &[&["backup"], more].concat()).expect(0).trim())
}

/// What a backup says about itself.
#[track_caller]
fn manifest(backup: &Path) -> Value {
    let text = fs::read(backup.join("manifest.json")).expect("a backup has a manifest");
    serde_json::from_slice(&text).expect("it is JSON")
}

/// Stores feedback of that many users.
#[track_caller]
fn fill(data: &Path, users: usize) {
    let row = |n: usize| {
        json!({
            "message_id": format!("m{n}"),
            "user_id": format!("user-{n}"),
            "feedback": "up",
            "user_message": format!("question-{n}-of-a-user"),
            "assistant_response": "An answer.",
            "created_at": "2026-11-01T00:00:00Z",
        })
    };
    let lines: String = (0..users).map(|n| format!("{}\n", row(n))).collect();
    let file = folder();
    let path = file.path().join("rows.jsonl");
    fs::write(&path, lines).expect("writable");
    cli(data, &["import", path.to_str().expect("UTF-8")]).expect(0);
}

/// Every file below a folder, with its bytes.
fn files(place: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(place).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap_or_default());
        }
    }
    found
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn a_backup_is_private_and_has_the_key_only_when_told_to() {
    let data = folder();
    fill(data.path(), 3);
    let plain = backup(data.path(), &[]);
    assert_eq!(plain.parent(), Some(data.path().join("backups").as_path()));
    assert!(!plain.join("secret.key").exists());
    let secret = fs::read_to_string(data.path().join("secret.key")).expect("there is a key");
    let inside = files(&plain);
    let told = inside
        .values()
        .any(|bytes| bytes.windows(secret.trim().len()).any(|it| it == secret.trim().as_bytes()));
    assert!(!told, "the key is in no file");
    assert_eq!(manifest(&plain)["contents"]["feedback"]["rows"], 3);

    let place = folder();
    let with_key = backup(data.path(), &[text(place.path()), "--with-key"]);
    assert_eq!(with_key.parent(), Some(place.path()));
    assert_eq!(fs::read_to_string(with_key.join("secret.key")).expect("copied"), secret);
    for path in files(&with_key).into_keys().chain(inside.into_keys()) {
        let mode = fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} is for its owner alone", path.display());
    }
}

#[test]
fn old_backups_give_way_and_those_of_others_stay() {
    let (data, other, place) = (folder(), folder(), folder());
    fill(data.path(), 1);
    fill(other.path(), 1);
    let place = place.path();
    let foreign = backup(other.path(), &[text(place)]);
    let bystander = place.join("thumbwheel-of-mine");
    fs::create_dir(&bystander).expect("made");
    let made: Vec<_> = (0..4).map(|_| backup(data.path(), &[text(place), "--keep", "2"])).collect();
    let kept: Vec<_> = made.iter().map(|path| path.exists()).collect();
    assert_eq!(kept, [false, false, true, true]);
    assert!(foreign.exists() && bystander.exists());
    assert_eq!(cli(data.path(), &["backup", "--keep", "0"]).code, Some(2));
}

#[test]
fn a_folder_of_backups_is_answered_with_the_newest_one() {
    let (data, place) = (folder(), folder());
    fill(data.path(), 1);
    let made: Vec<_> = (0..2).map(|_| backup(data.path(), &[text(place.path())])).collect();
    let refused = cli(folder().path(), &["restore", text(place.path())]);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert!(refused.stderr.contains(&format!("such as {}", text(&made[1]))), "{}", refused.stderr);
    let empty = cli(folder().path(), &["restore", text(folder().path())]);
    assert!(empty.stderr.contains("there is no backup"), "{}", empty.stderr);
}

#[test]
fn a_folder_without_a_database_has_nothing_to_back_up() {
    let data = folder();
    let refused = cli(&data.path().join("typo"), &["backup"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert!(refused.stderr.contains("no database"), "{}", refused.stderr);
    assert!(!data.path().join("typo").exists(), "nothing was made");
}

#[test]
fn a_database_file_that_was_copied_by_hand_can_be_restored_with_its_log() {
    let (data, copy) = (folder(), folder());
    let server = Server::start(data.path());
    fill(data.path(), 7);
    for name in ["thumbwheel.db", "thumbwheel.db-wal"] {
        fs::copy(data.path().join(name), copy.path().join(name)).expect("copied");
    }
    server.terminate();
    let file = copy.path().join("thumbwheel.db");
    cli(data.path(), &["restore", text(&file), "--yes"]).expect(0);
    assert_eq!(store::feedback(data.path()).len(), 7);
}

/// Whatever a kill leaves, the next start finds all of the old data or all of the new.
#[test]
fn a_restore_that_is_killed_leaves_the_old_data_or_the_new() {
    let data = folder();
    fill(data.path(), 3);
    let saved = backup(data.path(), &["--with-key"]);
    fill(data.path(), 5);
    let rows = || cli(data.path(), &["export", "--format", "jsonl"]).expect(0).lines().count();
    let mut ends = BTreeMap::new();
    for delay in 0..24 {
        let mut command = command();
        command.args(["restore", text(&saved), "--yes", "--data"]).arg(data.path());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("starts");
        // The moment of the kill is the point here, and any moment will do.
        std::thread::sleep(Duration::from_millis(delay * 4));
        let _ = child.kill();
        child.wait().expect("it is our child");
        let found = rows();
        assert!(found == 3 || found == 5, "{found} rows after {delay}");
        *ends.entry(found).or_insert(0) += 1;
        fill(data.path(), 5);
    }
    cli(data.path(), &["restore", text(&saved), "--yes"]).expect(0);
    assert_eq!(rows(), 3, "{ends:?}");
}
