//! Back up, restore elsewhere, and have the doctor look: from outside, with every DuckDB.

use serde_json::{Value, json};

use crate::support::command::{command, run};
use crate::support::{ALL_SCOPES, Server, cli, folder, key};

#[test]
fn a_backup_made_beside_the_server_is_restored_and_the_doctor_is_content() {
    let data = folder();
    let server = Server::start(data.path());
    let secret = key(data.path(), ALL_SCOPES);
    let mut client = server.client_with(&secret);
    for n in 0..40 {
        let body = json!({
            "message_id": format!("m{n}"), "user_id": format!("u{}", n % 7),
            "feedback": if n % 4 == 0 { "down" } else { "up" }, "action_type": "todo",
            "user_message": "Add milk", "assistant_response": format!("Added {n}."),
        });
        client.post("/api/feedback", &body).expect(200);
    }
    let saved = cli(data.path(), &["backup", "--with-key"]).expect(0);
    let exported = cli(data.path(), &["export", "--format", "jsonl"]).expect(0);
    server.terminate();

    let restored = folder();
    cli(restored.path(), &["restore", saved.trim()]).expect(0);
    assert_eq!(cli(restored.path(), &["export", "--format", "jsonl"]).expect(0), exported);
    let server = Server::start(restored.path());
    server.client_with(&secret).get("/api/feedback").expect(200);

    let mut command = command();
    command.args(["doctor", "--json", "--data"]).arg(restored.path());
    command.env("THUMBWHEEL_LISTEN", server.address().to_string());
    let report = run(command, b"").json();
    assert_eq!((&report["ok"], &report["problems"]), (&json!(true), &json!(0)), "{report:#}");
    let findings = report["findings"].as_array().expect("a list");
    let says = |check: &str| -> &Value {
        &findings.iter().find(|it| it["check"] == check).expect("it was looked at")["says"]
    };
    assert!(says("warehouse").as_str().is_some_and(|it| it.contains("counts 40 feedback")));
    assert!(says("export").as_str().is_some_and(|it| it.contains("30 of 30")));
}
