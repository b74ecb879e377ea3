//! Every command works on a data folder whether or not a server runs on it, with one outcome.

use std::io::Read;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::command::{command, run};
use crate::support::{
    ALL_SCOPES, PATIENCE, Server, cli, cli_with, folder, key, publishable_key, until,
};

/// Runs a scenario on a fresh folder, first without and then with a server beside it.
fn in_both_states(scenario: impl Fn(&std::path::Path)) {
    let quiet = folder();
    scenario(quiet.path());
    let busy = folder();
    let mut server = Server::start(busy.path());
    scenario(busy.path());
    assert!(server.lives(), "the server survives the commands");
}

fn row(n: usize) -> Value {
    json!({
        "message_id": format!("m{n}"), "feedback": if n.is_multiple_of(3) { "down" } else { "up" },
        "user_id": format!("user-{n}"), "user_message": "Add milk to my list",
        "assistant_response": "Added 'Buy milk' to your todos.", "action_type": "todo",
    })
}

#[test]
fn import_query_and_export_agree_in_both_states() {
    in_both_states(|data| {
        let file = data.join("rows.jsonl");
        let lines: String = (0..30).map(|n| format!("{}\n", row(n))).collect();
        std::fs::write(&file, lines).expect("writable");
        let path = file.to_str().expect("UTF-8");

        let dry = ["import", path, "--from", "jsonl", "--dry-run"];
        cli(data, &dry).expect(0);
        let count = "select count(*) as n from feedback";
        let counted = || cli(data, &["query", count, "--json"]).json()["rows"][0]["n"].clone();
        assert_eq!(counted(), 0, "a dry run stores nothing");
        cli(data, &["import", path, "--from", "jsonl"]).expect(0);
        assert_eq!(counted(), 30);
        assert_eq!(cli(data, &["export"]).expect(0).lines().count(), 20, "positives");
        let all = cli(data, &["export", "--format", "jsonl"]).expect(0);
        assert_eq!(all.lines().count(), 30);
        let bad = cli(data, &["export", "--format", "jsonl", "--feedback", "down"]).expect(0);
        assert_eq!(bad.lines().count(), 10, "a filter");
    });
}

#[test]
fn projects_keep_their_data_apart_in_both_states() {
    in_both_states(|data| {
        cli(data, &["project", "create", "second"]).expect(0);
        let list = cli(data, &["project", "list"]).expect(0);
        assert!(list.contains("default") && list.contains("second"), "{list}");
        let file = data.join("rows.jsonl");
        std::fs::write(&file, format!("{}\n", row(1))).expect("writable");
        let path = file.to_str().expect("UTF-8");
        cli(data, &["import", path, "--from", "jsonl", "--project", "second"]).expect(0);
        let count = |project| {
            let sql = "select count(*) as n from feedback";
            let answer = cli(data, &["query", sql, "--json", "--project", project]).json();
            answer["rows"][0]["n"].clone()
        };
        assert_eq!((count("default"), count("second")), (json!(0), json!(1)));
        let unknown = cli(data, &["export", "--project", "third"]);
        assert_eq!(unknown.code, Some(1), "{}", unknown.stderr);
        assert!(unknown.stderr.contains("third"), "{}", unknown.stderr);
    });
}

#[test]
fn a_project_has_a_time_zone_in_both_states() {
    in_both_states(|data| {
        cli(data, &["project", "create", "berlin", "--zone", "europe/berlin"]).expect(0);
        let zones = || cli(data, &["project", "list"]).expect(0);
        assert_eq!(zones(), "default  UTC\nberlin  Europe/Berlin\n");
        cli(data, &["project", "set", "default", "--zone", "America/New_York"]).expect(0);
        assert_eq!(zones(), "default  America/New_York\nberlin  Europe/Berlin\n");
        let unknown = cli(data, &["project", "set", "third", "--zone", "UTC"]);
        assert_eq!(unknown.code, Some(1), "{}", unknown.stderr);
        assert!(unknown.stderr.contains("third"), "{}", unknown.stderr);
    });
}

#[test]
fn keys_are_made_listed_and_revoked_in_both_states() {
    in_both_states(|data| {
        let secret = key(data, "ingest,read");
        let page = publishable_key(data, "https://app.example");
        let list = cli(data, &["key", "list", "--json"]).expect(0);
        for key in [&secret, &page] {
            assert!(!list.contains(key.as_str()), "a key is shown once and never again");
        }
        let id = secret.split('_').nth(2).expect("tw_sk_ID_…");
        assert!(list.contains(id), "{list}");
        cli(data, &["key", "revoke", id]).expect(0);
        let again = cli(data, &["key", "revoke", "nosuchkey"]);
        assert_eq!(again.code, Some(1), "{}", again.stderr);
    });
}

#[test]
fn a_key_made_or_revoked_beside_a_running_server_counts_at_once() {
    let data = folder();
    let server = Server::start(data.path());
    let secret = key(data.path(), ALL_SCOPES);
    let mut client = server.client_with(&secret);
    client.post("/api/feedback", &row(1)).expect(200);
    let id = secret.split('_').nth(2).expect("tw_sk_ID_…");
    cli(data.path(), &["key", "revoke", id]).expect(0);
    let refused = client.post("/api/feedback", &row(2)).expect(401);
    assert_eq!(refused.json()["code"], "revoked_key");
}

/// One project's key neither reads nor writes in another's.
#[test]
fn a_key_sees_its_own_project_only() {
    let data = folder();
    let server = Server::start(data.path());
    cli(data.path(), &["project", "create", "second"]).expect(0);
    let own = key(data.path(), ALL_SCOPES);
    let create = ["key", "create", "--project", "second", "--scope", ALL_SCOPES];
    let other = cli(data.path(), &create).expect(0).trim().to_owned();
    server.client_with(&own).post("/api/feedback", &row(1)).expect(200);
    let mut client = server.client_with(&other);
    let listed = client.get("/api/feedback").expect(200).json();
    assert_eq!(listed["feedback"], json!([]));
    assert_eq!(client.get("/api/feedback?type=summary").expect(200).text(), r#"{"summary":[]}"#);
    assert_eq!(client.get("/api/export?format=jsonl").expect(200).text(), "");
    let sql = json!({ "sql": "select count(*) as n from feedback" });
    assert_eq!(client.post("/api/query", &sql).expect(200).json()["rows"][0]["n"], 0);
}

#[test]
fn import_reads_standard_input_and_export_writes_standard_output() {
    in_both_states(|data| {
        let text = format!("{}\n", row(1));
        let output = cli_with(data, &["import", "-", "--from", "jsonl"], text.as_bytes());
        assert_eq!(output.code, Some(0), "{}", output.stderr);
        let exported = cli(data, &["export", "--format", "jsonl", "--out", "-"]).expect(0);
        assert_eq!(exported.lines().count(), 1);
    });
}

#[test]
fn the_name_of_a_file_says_what_to_export_and_an_empty_export_is_told() {
    in_both_states(|data| {
        cli_with(data, &["import", "-", "--from", "jsonl"], format!("{}\n", row(1)).as_bytes());
        for (name, flags, start) in [
            ("all.parquet", &[][..], "PAR1"),
            ("all.csv", &[], "message_id,"),
            ("chat.jsonl", &[], "{\"messages\":"),
            ("all.jsonl", &["--format", "jsonl"], "{\"message_id\":"),
        ] {
            let path = data.join(name);
            let path = path.to_str().expect("UTF-8");
            cli(data, &[&["export", "--out", path], flags].concat()).expect(0);
            let bytes = std::fs::read(path).expect("written");
            assert!(bytes.starts_with(start.as_bytes()), "{name}: {bytes:.40?}");
        }
        let empty = cli(data, &["export", "--action-type", "never"]);
        assert_eq!((empty.code, empty.stdout.len()), (Some(0), 0));
        assert!(empty.stderr.contains("nothing was written"), "{}", empty.stderr);
    });
}

#[test]
fn help_and_version_answer_without_a_data_folder() {
    let place = folder();
    for arguments in [&["version"][..], &["--version"], &["--help"], &["serve", "--help"]] {
        let mut command = command();
        command.args(arguments).current_dir(place.path());
        let output = run(command, b"");
        assert!(!output.clone().expect(0).is_empty(), "{arguments:?}");
    }
    let left = std::fs::read_dir(place.path()).expect("readable").count();
    assert_eq!(left, 0, "asking for help makes no files");
}

/// The folder belongs to one server; the second says whose it is.
#[test]
fn a_second_server_on_the_same_folder_is_refused_by_name() {
    let data = folder();
    let server = Server::start(data.path());
    let second = cli(data.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.code, Some(1), "{}", second.stderr);
    assert!(second.stderr.contains(&server.id().to_string()), "{}", second.stderr);
}

/// A killed server leaves its socket and its lock file behind; neither is in anyone's way.
#[test]
fn commands_work_after_a_server_was_killed() {
    let data = folder();
    let server = Server::start(data.path());
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    client.post("/api/feedback", &row(1)).expect(200);
    server.kill9();
    let all = cli(data.path(), &["export", "--format", "jsonl"]).expect(0);
    assert_eq!(all.lines().count(), 1);
    let server = Server::start(data.path());
    let all = cli(data.path(), &["export", "--format", "jsonl"]).expect(0);
    assert_eq!(all.lines().count(), 1);
    assert_eq!(server.terminate().0, Some(0));
}

/// Nobody else on the machine reads the database, the key or the socket.
#[test]
fn the_data_folder_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let place = folder();
    let data = place.path().join("data");
    let server = Server::start(&data);
    key(&data, "read");
    let mode = |path: &std::path::Path| {
        std::fs::metadata(path).expect("it is there").permissions().mode() & 0o077
    };
    assert_eq!(mode(&data), 0);
    assert_eq!(mode(&data.join("secret.key")), 0);
    assert_eq!(mode(&data.join("thumbwheel.sock")), 0);
    drop(server);
}

/// The demo shows something at once: a page, a key that works, and made-up feedback. When it
/// ends, nothing of it is left.
#[test]
fn the_demo_answers_and_leaves_nothing_behind() {
    let place = folder();
    let server = Server::demo(place.path(), &["--days", "21"]);
    let page = server.client().get("/").expect(200);
    assert!(page.header("content-type").is_some_and(|it| it.starts_with("text/html")));
    assert!(page.text().contains("todo"), "the page shows the made-up feedback");
    let banner = until("the whole banner", PATIENCE, || {
        Some(server.log()).filter(|log| log.contains("Ctrl-C"))
    });
    let start = banner.find("tw_sk_").expect("the banner shows a key");
    let end = |c: char| !c.is_ascii_alphanumeric() && !"_-".contains(c);
    let secret = banner[start..].split(end).next().expect("a key");
    let mut client = server.client_with(secret);
    let summary = client.get("/api/feedback?type=summary").expect(200).json();
    assert!(summary["summary"].as_array().is_some_and(|it| it.len() > 1), "{summary}");
    client.post("/api/feedback", &row(1)).expect(200);
    assert!(client.get("/api/export").expect(200).text().lines().count() > 10);
    assert_eq!(server.terminate().0, Some(0));
    assert_eq!(std::fs::read_dir(place.path()).expect("readable").count(), 0);
}

/// The same answer in every form, from the argument or from standard input.
#[test]
fn a_query_answers_as_table_json_lines_and_csv() {
    in_both_states(|data| {
        let text = (0..3).map(|n| format!("{}\n", row(n))).collect::<String>();
        cli_with(data, &["import", "-", "--from", "jsonl"], text.as_bytes()).expect(0);
        let sql = "select message_id, feedback from feedback order by message_id";
        let lines = cli(data, &["query", sql, "--format", "jsonl"]).expect(0);
        let first: Value =
            serde_json::from_str(lines.lines().next().expect("a line")).expect("JSON");
        assert_eq!(first, json!({ "message_id": "m0", "feedback": "down" }));
        assert_eq!(lines.lines().count(), 3);
        let csv = cli(data, &["query", sql, "--format", "csv"]).expect(0);
        assert_eq!(csv.replace('\r', ""), "message_id,feedback\nm0,down\nm1,up\nm2,up\n");
        let table = cli(data, &["query", sql]).expect(0);
        assert!(table.contains("message_id") && table.contains("m2"), "{table}");
        let piped = cli_with(data, &["query", "-", "--json"], sql.as_bytes()).json();
        assert_eq!(piped["columns"], json!(["message_id", "feedback"]));
        assert_eq!(piped["rows"][0], first);
    });
}

/// Without a server each command takes the folder for itself; the others wait for their turn.
#[test]
fn commands_at_the_same_time_wait_for_one_another() {
    let data = folder();
    let workers: Vec<_> = (0..6)
        .map(|n| {
            let data = data.path().to_owned();
            std::thread::spawn(move || {
                let text = format!("{}\n", row(n));
                cli_with(&data, &["import", "-", "--from", "jsonl"], text.as_bytes())
            })
        })
        .collect();
    for worker in workers {
        let output = worker.join().expect("a command does not panic");
        assert_eq!(output.code, Some(0), "{}", output.stderr);
    }
    let all = cli(data.path(), &["export", "--format", "jsonl"]).expect(0);
    assert_eq!(all.lines().count(), 6);
}

/// `thumbwheel export | head` ends without a complaint.
#[test]
fn a_reader_that_goes_away_ends_a_command_in_peace() {
    in_both_states(|data| {
        let text: String = (0..3_000).map(|n| format!("{}\n", row(n))).collect();
        cli_with(data, &["import", "-", "--from", "jsonl"], text.as_bytes()).expect(0);
        for arguments in [
            &["export", "--format", "jsonl"][..],
            &["query", "from feedback", "--format", "jsonl"],
            &["query", "from feedback", "--json"],
        ] {
            let mut command = command();
            command.args(arguments).arg("--data").arg(data);
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().expect("the binary under test can be started");
            // Read a little and close: far less than there is.
            let mut pipe = child.stdout.take().expect("it is piped");
            pipe.read_exact(&mut [0; 100]).expect("there is more than that");
            drop(pipe);
            let output = child.wait_with_output().expect("it ends");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!said.contains("panicked") && !said.contains("error"), "{arguments:?}: {said}");
            assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        }
    });
}
