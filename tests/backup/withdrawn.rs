//! What users and operators withdrew after a backup stays withdrawn when it is restored.

use serde_json::json;

use super::{backup, files, fill, text};
use crate::support::{ALL_SCOPES, Server, cli, cli_with, folder, key};

#[test]
fn erasures_opt_outs_and_revoked_keys_survive_a_restore_of_an_older_backup() {
    let data = folder();
    fill(data.path(), 6);
    let secret = key(data.path(), ALL_SCOPES);
    cli(data.path(), &["user-data", "opt-out", "user-5"]).expect(0);
    let saved = backup(data.path(), &["--with-key"]);

    // The mirror has seen the text as well.
    let count = "select count(*) as n from feedback";
    let counted = || cli(data.path(), &["query", count, "--json"]).json()["rows"][0]["n"].clone();
    assert_eq!(counted(), 6);
    cli_with(data.path(), &["user-data", "erase", "-", "--yes"], b"user-1\n").expect(0);
    cli(data.path(), &["user-data", "opt-out", "user-2"]).expect(0);
    cli(data.path(), &["user-data", "opt-in", "user-5"]).expect(0);
    let id = secret.split('_').nth(2).expect("tw_sk_ID_…");
    cli(data.path(), &["key", "revoke", id]).expect(0);
    cli(data.path(), &["project", "set", "default", "--signatures", "required"]).expect(0);

    let said = cli(data.path(), &["restore", text(&saved), "--yes"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    for word in ["erased again", "opted out or in", "revoked again", "require them again"] {
        assert!(said.stderr.contains(word), "{}", said.stderr);
    }
    assert!(!data.path().join("mirror").exists(), "it is built anew");
    let listed = cli(data.path(), &["project", "list"]).expect(0);
    assert!(listed.contains("signatures required"), "{listed}");
    assert_eq!(counted(), 5);
    let exported = |user| cli(data.path(), &["user-data", "export", user]).json();
    assert_eq!(exported("user-1")["feedback"], json!([]));
    assert_eq!(exported("user-2")["opted_out"], true);
    assert_eq!(exported("user-5")["opted_out"], false);
    for (path, bytes) in files(data.path()) {
        let old = path.starts_with(&saved);
        let canary = b"question-1-of-a-user";
        let there = bytes.windows(canary.len()).any(|it| it == canary);
        assert!(!there || old, "{} still has the text", path.display());
    }
    let server = Server::start(data.path());
    let body = json!({ "message_id": "m", "user_id": "user-2", "feedback": "up" });
    let refused = server.client_with(&secret).post("/api/feedback", &body).expect(401);
    assert_eq!(refused.json()["code"], "revoked_key");

    // Once more, over what has been restored: nothing is new to it.
    drop(server);
    let said = cli(data.path(), &["restore", text(&saved), "--yes"]).stderr;
    assert!(said.contains("erased again"), "{said}");
    assert_eq!(counted(), 5);
}
