//! The server is asked to stop while it is busy.

use serde_json::{Value, json};

use crate::support::load::{Fate, Plan};
use crate::support::{ALL_SCOPES, PATIENCE, Server, folder, key, store, until};

const ROUNDS: u64 = 5;

#[test]
fn sigterm_under_load_answers_or_refuses_every_request_and_exits_with_0() {
    let data = folder();
    let secret = key(data.path(), ALL_SCOPES);
    for round in 0..ROUNDS {
        let server = Server::start(data.path());
        let load = Plan::new(16, round, move |writer, n, random| -> Value {
            json!({
                "message_id": format!("t{round}-{writer}-{n}"),
                "feedback": random.pick(&["up", "down"]),
                "user_id": format!("user-{}", random.below(20)),
            })
        })
        .start(&server, &secret);
        until("some load", PATIENCE, || (load.acknowledged() > 100).then_some(()));
        let (code, log) = server.terminate();
        assert_eq!(code, Some(0), "round {round}: {log}");
        let sent = load.join();

        let present = store::thumbs_by_message(&store::open(data.path())).expect("readable");
        for it in &sent {
            match &it.fate {
                Fate::Acknowledged => {
                    let n = present.get(&it.message_id);
                    assert_eq!(n, Some(&1), "round {round}: acknowledged: {}", it.message_id);
                }
                Fate::Refused(status) => {
                    assert_eq!(*status, 503, "round {round}");
                    assert!(!present.contains_key(&it.message_id), "refused and stored");
                }
                // A connection that was closed between two requests, or never accepted.
                Fate::Unknown(error) => {
                    assert!(!error.contains("broken:"), "round {round}: half a reply: {error}");
                    let stored = present.contains_key(&it.message_id);
                    assert!(!stored, "round {round}: carried out and not answered");
                }
            }
        }
        assert!(!data.path().join("thumbwheel.sock").exists(), "the socket is left behind");
        let wal = data.path().join("thumbwheel.db-wal");
        let wal_bytes = std::fs::metadata(wal).map_or(0, |file| file.len());
        assert_eq!(wal_bytes, 0, "round {round}: the write-ahead log is not emptied");
    }
}
