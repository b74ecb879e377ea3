//! Flags, arguments, settings and data folders that are not as they should be.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use crate::support::command::{Output, command, run};
use crate::support::{ALL_SCOPES, Server, cli, folder, key, store};

/// A failure says what to do, on standard error, and prints no data.
#[track_caller]
fn check_failure(name: &str, output: &Output, code: i32) {
    if let Some(flaw) = flaw(name, output, code) {
        panic!("{flaw}");
    }
}

/// What is wrong with a failure.
fn flaw(name: &str, output: &Output, code: i32) -> Option<String> {
    let said = output.stderr.trim();
    let flaw = |what: &str| Some(format!("{name}: {what}: {:?} {said}", output.code));
    if output.code != Some(code) {
        return flaw(&format!("not {code}"));
    }
    if !output.stdout.is_empty() {
        return flaw("prints data");
    }
    if said.len() < 16 || !said.contains(' ') {
        return flaw("no sentence");
    }
    let insides = ["panicked", "RUST_BACKTRACE", "SqliteFailure"];
    if insides.iter().any(|word| said.contains(word)) {
        return flaw("shows its insides");
    }
    None
}

#[test]
fn wrong_usage_exits_with_2() {
    let data = folder();
    let lines: [&[&str]; 18] = [
        &["nonsense"],
        &["serve", "--nonsense"],
        &["serve", "--listen", "nowhere"],
        &["serve", "--listen", "127.0.0.1:99999"],
        &["serve", "surplus"],
        &["query"],
        &["import"],
        &["import", "x.jsonl", "--from", "docx"],
        &["export", "--format", "docx"],
        &["export", "--feedback", "sideways"],
        &["export", "--since", "yesterday"],
        &["key", "create", "--scope", "everything"],
        &["key", "create", "--publishable"],
        &["key", "nonsense"],
        &["project", "create", "Not A Slug"],
        &["project", "create", "p", "--zone", "Mars/Olympus"],
        &["project", "set", "default"],
        &["export", "--project", "../x"],
    ];
    let tried = |it: &[&str]| flaw(&it.join(" "), &cli(data.path(), it), 2);
    let wrong: Vec<_> = lines.into_iter().filter_map(tried).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(fs::read_dir(data.path()).expect("readable").count(), 0, "nothing was made");
}

#[test]
fn files_and_folders_that_cannot_be_used_exit_with_1() {
    let place = folder();
    let file = place.path().join("file");
    fs::write(&file, "x").expect("writable");
    let fresh = place.path().join("data");
    let missing = place.path().join("missing.jsonl");
    let missing = missing.to_str().expect("UTF-8");
    check_failure("a missing file", &cli(&fresh, &["import", missing, "--from", "jsonl"]), 1);
    let folder = place.path().to_str().expect("UTF-8");
    check_failure("a folder as file", &cli(&fresh, &["import", folder, "--from", "jsonl"]), 1);
    check_failure("a file as folder", &cli(&file, &["export"]), 1);
    check_failure("below a file", &cli(&file.join("x"), &["export"]), 1);
    let nowhere = place.path().join("no/such/folder/out.jsonl");
    let nowhere = nowhere.to_str().expect("UTF-8");
    check_failure("no place to write", &cli(&fresh, &["export", "--out", nowhere]), 1);
}

#[test]
fn config_files_that_are_not_as_documented_are_refused() {
    let place = folder();
    let config = place.path().join("config.toml");
    let path = config.to_str().expect("UTF-8");
    let bad = [
        ("no TOML", "listen = = 1"),
        ("an unknown key", "lisen = \"127.0.0.1:0\""),
        ("a wrong type", "listen = 7"),
        ("a wrong value", "synchronous = \"sometimes\""),
        ("no text", "\u{0}\u{1}"),
    ];
    for (name, text) in bad {
        fs::write(&config, text).expect("writable");
        let output = cli(place.path(), &["serve", "--config", path]);
        check_failure(name, &output, 2);
        assert!(output.stderr.contains("config.toml"), "{name}: {}", output.stderr);
    }
    fs::remove_file(&config).expect("it is there");
    check_failure("a missing file", &cli(place.path(), &["serve", "--config", path]), 2);
}

#[test]
fn settings_in_the_environment_are_checked_as_well() {
    let place = folder();
    for (name, value) in [("THUMBWHEEL_LISTEN", "nowhere"), ("THUMBWHEEL_SYNCHRONOUS", "sometimes")]
    {
        let mut command = command();
        command.env(name, value).args(["serve", "--data"]).arg(place.path());
        let output = run(command, b"");
        check_failure(name, &output, 2);
        assert!(output.stderr.contains(name), "{}", output.stderr);
    }
}

/// A port that is taken is told by name.
#[test]
fn a_port_that_is_taken_is_named() {
    let (one, two) = (folder(), folder());
    let server = Server::start(one.path());
    let address = server.address().to_string();
    let output = cli(two.path(), &["serve", "--listen", &address]);
    check_failure("a taken port", &output, 1);
    assert!(output.stderr.contains(&address), "{}", output.stderr);
}

/// A name, and what makes the file at a path such.
type Damage = (&'static str, fn(&Path));

/// Files that are not this program's, from the future, or damaged, are left as they are.
#[test]
fn databases_that_are_not_ours_are_left_alone() {
    let cases: [Damage; 5] = [
        ("another program's", |path| {
            let db = Connection::open(path).expect("opens");
            db.execute_batch("create table other (x); insert into other values (1)").expect("made");
        }),
        ("a newer version's", |path| {
            make(path);
            let db = Connection::open(path).expect("opens");
            db.pragma_update(None, "user_version", 9_999).expect("set");
        }),
        ("text", |path| fs::write(path, "this is a text file, and long enough").expect("w")),
        ("noise", |path| fs::write(path, [7; 10_000]).expect("writable")),
        ("cut short", |path| {
            make(path);
            let bytes = fs::read(path).expect("readable");
            fs::write(path, &bytes[..100]).expect("writable");
        }),
    ];
    for (name, prepare) in cases {
        let data = folder();
        let path = data.path().join("thumbwheel.db");
        prepare(&path);
        let before = fs::read(&path).expect("readable");
        for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["export"]] {
            check_failure(name, &cli(data.path(), arguments), 1);
        }
        assert!(fs::read(&path).expect("readable") == before, "{name}: it was changed");
    }
}

/// Makes a sound database at its usual place.
fn make(path: &Path) {
    key(path.parent().expect("it has a folder"), "read");
}

/// The key of the pseudonyms belongs to its database; without it nothing is guessed.
#[test]
fn a_missing_foreign_or_broken_key_file_is_refused_with_a_sentence() {
    let (data, other) = (folder(), folder());
    key(data.path(), ALL_SCOPES);
    key(other.path(), ALL_SCOPES);
    let path = data.path().join("secret.key");
    let own = fs::read(&path).expect("it is there");
    let foreign = fs::read(other.path().join("secret.key")).expect("it is there");
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    fs::remove_file(&path).expect("it is there");
    check_failure("missing", &cli(data.path(), &serve), 1);
    assert!(!path.exists(), "no new key is made for old data");
    fs::write(&path, foreign).expect("writable");
    check_failure("foreign", &cli(data.path(), &serve), 1);
    fs::write(&path, "not a key").expect("writable");
    check_failure("broken", &cli(data.path(), &serve), 1);
    fs::write(&path, own).expect("writable");
    assert_eq!(Server::start(data.path()).terminate().0, Some(0), "put back, it works");
    assert_eq!(store::counts(data.path())["thumbs"], 0);
}
