//! What is about the program itself: settings and their sources, the example file, completions,
//! manual pages, and the check for containers.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::command::{command, run};
use crate::support::{Server, cli, folder};

fn shown<'a>(answer: &'a Value, key: &str) -> &'a Value {
    let settings = answer["settings"].as_array().expect("a list");
    settings.iter().find(|it| it["key"] == key).expect("every setting is there")
}

#[test]
fn each_setting_is_shown_with_where_it_comes_from() {
    let place = folder();
    let file = place.path().join("tw.toml");
    let path = file.to_str().expect("UTF-8");
    fs::write(&file, "log = \"debug\"\nconnections_max = 7\nquery_seconds_max = 3\n").expect("w");
    let mut command = command();
    command.args(["config", "show", "--json", "--config", path, "--log-format", "json"]);
    command.env("THUMBWHEEL_CONNECTIONS_MAX", "9");
    let answer = run(command, b"").json();
    for (key, value, source, origin) in [
        ("log_format", "json", "flag", "--log-format"),
        ("connections_max", "9", "environment", "THUMBWHEEL_CONNECTIONS_MAX"),
        ("query_seconds_max", "3", "file", path),
        ("listen", "127.0.0.1:8945", "default", "default"),
    ] {
        let it = shown(&answer, key);
        assert_eq!(
            json!([it["value"], it["source"], it["origin"]]),
            json!([value, source, origin])
        );
    }
    let text = cli(place.path(), &["config", "show", "--config", path]).expect(0);
    assert!(text.contains("query_seconds_max") && text.contains(path), "{text}");
}

#[test]
fn bad_settings_fail_the_check_and_say_where() {
    let place = folder();
    let file = place.path().join("tw.toml");
    let path = file.to_str().expect("UTF-8");
    cli(place.path(), &["config", "check"]).expect(0);
    for (text, word) in [
        ("lisen = \"127.0.0.1:1\"", "did you mean 'listen'"),
        ("\n\nconnections_max = \"many\"", "line 3"),
        ("synchronous = \"off\"", "full or normal"),
        ("log = \"[[[\"", "filter"),
    ] {
        fs::write(&file, text).expect("written");
        let output = cli(place.path(), &["config", "check", "--config", path]);
        assert_eq!(output.code, Some(2), "{text}");
        assert!(output.stderr.contains(word), "{text}: {}", output.stderr);
    }
}

#[test]
fn the_schema_describes_exactly_the_settings() {
    let place = folder();
    let schema = cli(place.path(), &["config", "schema"]).json();
    let answer = cli(place.path(), &["config", "show", "--json"]).json();
    let settings = answer["settings"].as_array().expect("a list");
    let properties = schema["properties"].as_object().expect("an object");
    assert_eq!(properties.len(), settings.len());
    assert!(settings.iter().all(|it| properties.contains_key(it["key"].as_str().expect("text"))));
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn the_example_is_written_once_and_is_what_is_shipped() {
    let place = folder();
    let file = place.path().join("thumbwheel.toml");
    let path = file.to_str().expect("UTF-8");
    let shipped = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/dist/thumbwheel.toml"));
    let shipped = shipped.expect("it is shipped");
    assert_eq!(cli(place.path(), &["init", "-"]).expect(0), shipped);
    cli(place.path(), &["init", path]).expect(0);
    assert_eq!(fs::read_to_string(&file).expect("written"), shipped);
    cli(place.path(), &["config", "check", "--config", path]).expect(0);
    fs::write(&file, "listen = \"127.0.0.1:1\"\n").expect("written");
    let refused = cli(place.path(), &["init", path]);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(&file).expect("there"), "listen = \"127.0.0.1:1\"\n");
}

#[test]
fn completions_are_scripts_that_their_shell_reads() {
    let place = folder();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = cli(place.path(), &["completions", shell]).expect(0);
        assert!(script.contains("user-data") && !script.contains("__warehouse"), "{shell}");
        // The others are not on every machine.
        if shell == "bash" {
            let mut bash = Command::new("bash");
            bash.arg("-n").stdout(Stdio::null());
            assert_eq!(run(bash, script.as_bytes()).code, Some(0));
        }
    }
    assert_eq!(cli(place.path(), &["completions", "cmd"]).code, Some(2));
}

#[test]
fn there_is_a_manual_page_for_each_command_that_people_use() {
    let place = folder();
    let page = cli(place.path(), &["man"]).expect(0);
    assert!(page.contains(".TH thumbwheel 1") && page.contains("user\\-data"), "{page}");
    let out = place.path().join("man");
    cli(place.path(), &["man", "--out", out.to_str().expect("UTF-8")]).expect(0);
    let names: Vec<_> = fs::read_dir(&out)
        .expect("made")
        .map(|it| it.expect("readable").file_name().into_string().expect("UTF-8"))
        .collect();
    for name in ["thumbwheel.1", "thumbwheel-serve.1", "thumbwheel-key-create.1"] {
        assert!(names.iter().any(|it| it == name), "{name} of {names:?}");
    }
    assert!(names.iter().all(|it| !it.contains("__")), "{names:?}");
}

#[test]
fn the_check_for_containers_says_by_its_exit_code_whether_feedback_is_taken() {
    let data = folder();
    let server = Server::start(data.path());
    let url = format!("http://{}", server.address());
    assert_eq!(cli(data.path(), &["healthcheck"]).expect(0), "ok\n");
    let elsewhere = folder();
    let typo = elsewhere.path().join("typo");
    assert_eq!(cli(&typo, &["healthcheck", &url]).expect(0), "ok\n");
    let not_ours = format!("{url}/openapi.json");
    assert_eq!(cli(&typo, &["healthcheck", &not_ours]).code, Some(1));
    let address = server.address().to_string();
    server.terminate();
    let mut command = command();
    command.arg("healthcheck").arg("--data").arg(&typo).env("THUMBWHEEL_LISTEN", address);
    let refused = run(command, b"");
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("nothing listens"), "{}", refused.stderr);
    assert!(!typo.exists(), "nothing was made");
    assert_eq!(cli(data.path(), &["healthcheck", "https://a.example"]).code, Some(1));
}

#[test]
fn mistyped_commands_flags_and_names_are_answered_with_what_was_meant() {
    let data = folder();
    let said = |arguments: &[&str]| cli(data.path(), arguments).stderr;
    assert!(said(&["docter"]).contains("'doctor'"));
    assert!(said(&["export", "--fromat", "csv"]).contains("'--format'"));
    assert!(said(&["export", "--format", "parqet"]).contains("'parquet'"));
    cli(data.path(), &["project", "create", "assistant"]).expect(0);
    assert!(said(&["export", "--project", "asistant"]).contains("did you mean 'assistant'"));
}
