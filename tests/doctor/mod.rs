//! The doctor: a sound installation passes, and each fault is found once it is planted.

mod feedback;
mod setup;

use std::path::Path;

use serde_json::Value;

use crate::support::command::{Output, command, run};
use crate::support::{Server, cli, folder, key};

/// What the doctor found.
struct Findings {
    code: Option<i32>,
    report: Value,
}

/// Runs the doctor on a folder, with more environment, as if no other program had the address.
#[track_caller]
fn doctor_with(data: &Path, environment: &[(&str, &str)], more: &[&str]) -> Findings {
    let output = look(data, environment, &[&["--json"], more].concat());
    let report = serde_json::from_slice(&output.stdout);
    let report: Value = report.unwrap_or_else(|error| panic!("{error}: {}", output.stderr));
    assert_eq!(report["ok"], output.code == Some(0), "{report}");
    Findings { code: output.code, report }
}

#[track_caller]
fn doctor(data: &Path) -> Findings {
    doctor_with(data, &[], &[])
}

fn look(data: &Path, environment: &[(&str, &str)], more: &[&str]) -> Output {
    let mut command = command();
    command.env("THUMBWHEEL_LISTEN", "127.0.0.1:0").envs(environment.iter().copied());
    command.arg("doctor").args(more).arg("--data").arg(data);
    run(command, b"")
}

impl Findings {
    /// A check found a problem that says `word`, and the doctor fails.
    #[track_caller]
    fn problem(&self, check: &str, word: &str) {
        self.find(check, "problem", word);
        assert_eq!(self.code, Some(1), "{:#}", self.report);
    }

    /// A check warns with `word`.
    #[track_caller]
    fn warning(&self, check: &str, word: &str) {
        self.find(check, "warning", word);
    }

    /// A check is content and says `word`.
    #[track_caller]
    fn ok(&self, check: &str, word: &str) {
        self.find(check, "ok", word);
    }

    #[track_caller]
    fn find(&self, check: &str, state: &str, word: &str) {
        let findings = self.report["findings"].as_array().expect("a list");
        let found = findings.iter().find(|it| it["check"] == check && it["state"] == state);
        let found = found.unwrap_or_else(|| panic!("no {state} of {check} in {:#}", self.report));
        let says = found["says"].as_str().expect("a sentence");
        assert!(says.contains(word), "{check}: {says}");
        assert_eq!(found["remedy"].is_string(), state != "ok", "{check} says what to do");
    }
}

#[test]
fn a_sound_installation_passes_with_and_without_its_server() {
    // Made by the server, and so private.
    let place = folder();
    let data = place.path().join("data");
    let data = data.as_path();
    let server = Server::start(data);
    let key = key(data, "ingest,read");
    let body = serde_json::json!({
        "message_id": "m", "user_id": "u", "feedback": "up", "action_type": "todo",
        "user_message": "Add milk", "assistant_response": "Added.",
    });
    server.client_with(&key).post("/api/feedback", &body).expect(200);
    cli(data, &["backup"]).expect(0);
    let address = server.address().to_string();
    let found = doctor_with(data, &[("THUMBWHEEL_LISTEN", &address)], &[]);
    assert_eq!(found.report["problems"], 0, "{:#}", found.report);
    assert_eq!(found.report["warnings"], 0, "{:#}", found.report);
    found.ok("server", "takes feedback");
    found.ok("address", &address);
    found.ok("warehouse", "counts 1 feedback");
    found.ok("export", "1 of 1");
    found.ok("backups", "newest");
    server.terminate();
    let found = doctor(data);
    assert_eq!(found.code, Some(0), "a warning is no failure");
    found.warning("server", "no server runs");
}

#[test]
fn people_read_it_in_sections_and_without_colours_when_it_is_piped() {
    let data = folder();
    key(data.path(), "ingest");
    let mut command = command();
    command.env_remove("NO_COLOR").env("THUMBWHEEL_LISTEN", "127.0.0.1:0");
    command.arg("doctor").arg("--data").arg(data.path());
    let output = run(command, b"");
    let text = output.expect(0);
    for title in ["Setup", "Is feedback saved?", "Does feedback show up?", "to export?"] {
        assert!(text.contains(title), "{text}");
    }
    assert!(text.contains("→ thumbwheel serve") && !text.contains('\u{1b}'), "{text}");
}
