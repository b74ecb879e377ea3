//! A disk that takes writes and then says that it could not keep them: nothing of it is
//! acknowledged, and the server goes on when the disk does.

use serde_json::json;

use super::library;
use crate::support::{Options, Server, folder, key, store};

#[test]
fn no_write_is_acknowledged_while_the_disk_fails_and_all_are_when_it_works_again() {
    let data = folder();
    let tools = folder();
    let shim = library(tools.path(), "failing_disk_shim.c");
    let flag = tools.path().join("disk fails");
    let secret = key(data.path(), "ingest,read,admin,erase");
    let options = Options {
        environment: vec![
            ("LD_PRELOAD".to_owned(), shim.display().to_string()),
            ("FAILING_DISK".to_owned(), flag.display().to_string()),
        ],
        ..Options::default()
    };
    let server = Server::start_with(data.path(), &options);
    let mut client = server.client_with(&secret);
    let vote = |id: &str| json!({ "message_id": id, "feedback": "up", "user_id": "ana" });
    client.post("/api/feedback", &vote("before")).expect(200);

    std::fs::write(&flag, "").expect("written");
    let opt_out = json!({ "user_id": "ben" });
    let new_key = json!({ "kind": "secret", "scopes": ["read"] });
    let keys = store::counts(data.path())["api_keys"];
    for (path, body) in [
        ("/api/feedback", &vote("during")),
        ("/api/users/opt-out", &opt_out),
        ("/api/keys", &new_key),
    ] {
        let reply = client.post(path, body).expect(503);
        assert_eq!(reply.json()["code"], "not_durable", "{path}");
    }
    client.get("/api/feedback").expect(200);

    std::fs::remove_file(&flag).expect("removed");
    client.post("/api/feedback", &vote("after")).expect(200);
    client.post("/api/users/opt-out", &opt_out).expect(200);
    client.post("/api/keys", &new_key).expect(200);
    assert_eq!(server.terminate().0, Some(0));
    let stored: Vec<_> = store::feedback(data.path()).into_iter().map(|row| row.0).collect();
    for id in ["before", "after"] {
        assert!(stored.iter().any(|stored| stored == id), "{id} was acknowledged: {stored:?}");
    }
    // What was refused may stand there, but the keys must be those that somebody was shown, plus
    // at most the one that was refused.
    let made = store::counts(data.path())["api_keys"] - keys;
    assert!((1..=2).contains(&made), "{made} keys");
}
