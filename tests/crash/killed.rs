//! The process is killed at random moments, again and again, on the same data folder.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::load::{Fate, Load, Plan, Sent};
use crate::support::{ALL_SCOPES, Client, PATIENCE, Random, Server, folder, key, store, until};

const ROUNDS: u64 = 30;
const WRITERS: usize = 6;

#[test]
fn after_kill_9_every_acknowledged_feedback_is_there_once() {
    let data = folder();
    let mut random = Random::new(1);
    let mut promised = BTreeMap::new();
    let mut unknown: Vec<Sent> = Vec::new();
    let mut asked_again = 0;
    let secret = key(data.path(), ALL_SCOPES);
    for round in 0..ROUNDS {
        let server = Server::start(data.path());
        asked_again += unknown.len();
        for sent in unknown.drain(..) {
            let reply = sent.again(&mut server.client_with(&secret)).expect("the server is back");
            assert_eq!(reply.status, 200, "round {round}: {}", reply.text());
            promised.insert(sent.message_id, ());
        }
        assert_present_once(&server, &secret, &promised, round);

        let load = votes(round).start(&server, &secret);
        kill_in_the_middle(server, &load, &mut random);
        for sent in load.join() {
            match sent.fate {
                Fate::Acknowledged => drop(promised.insert(sent.message_id, ())),
                Fate::Unknown(_) => unknown.push(sent),
                Fate::Refused(status) => panic!("round {round}: {status} for {}", sent.body),
            }
        }
    }
    let check: String = store::open(data.path())
        .query_row("pragma integrity_check", [], |row| row.get(0))
        .expect("readable");
    assert_eq!(check, "ok");
    // The test is worth nothing if the kills did not hit requests on their way.
    assert!(promised.len() > 300, "only {} acknowledged", promised.len());
    assert!(asked_again > 30, "only {asked_again} requests had an unknown outcome");
}

/// Half of the votes bear no user: each of those makes a row of its own, so that only the
/// idempotency key keeps a repeated one from counting twice.
fn votes(round: u64) -> Plan {
    Plan::new(WRITERS, round, move |writer, n, random| -> Value {
        let mut vote = json!({
            "message_id": format!("r{round}-w{writer}-{n}"),
            "feedback": random.pick(&["up", "down"]),
            "user_message": "Add milk to my list",
            "assistant_response": "Added 'Buy milk' to your todos.",
            "action_type": "todo",
        });
        if random.chance(50) {
            vote["user_id"] = format!("user-{}", random.below(20)).into();
        }
        vote
    })
}

/// Kills 30 to 300 ms after the first acknowledgement.
fn kill_in_the_middle(server: Server, load: &Load, random: &mut Random) {
    until("a first acknowledgement", PATIENCE, || (load.acknowledged() > 0).then_some(()));
    let moment = Duration::from_millis(random.between(30, 300) as u64);
    // Nothing is ever sent: this waits for the moment and for nothing else.
    let (_keep, never) = mpsc::channel::<()>();
    assert!(never.recv_timeout(moment).is_err());
    server.kill9();
}

/// Looks through the front door: each promised message stands in the export exactly once.
#[track_caller]
fn assert_present_once(server: &Server, secret: &str, promised: &BTreeMap<String, ()>, round: u64) {
    let mut client: Client = server.client_with(secret);
    let export = client.get("/api/export?format=jsonl").expect(200);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for line in export.text().lines() {
        let row: Value = serde_json::from_str(line).expect("each line is JSON");
        let id = row["message_id"].as_str().expect("each row names its message");
        *seen.entry(id.to_owned()).or_default() += 1;
    }
    let twice: Vec<_> = seen.iter().filter(|(_, n)| **n != 1).collect();
    assert!(twice.is_empty(), "round {round}: counted more than once: {twice:?}");
    let lost: Vec<_> = promised.keys().filter(|id| !seen.contains_key(*id)).collect();
    assert!(lost.is_empty(), "round {round}: acknowledged and lost: {lost:?}");
}
