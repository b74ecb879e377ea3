//! Retries: a client that does not know what became of a request sends it again, and it counts
//! once.

use std::sync::{Arc, Barrier};

use serde_json::json;

use crate::support::http::Request;
use crate::support::{ALL_SCOPES, Server, folder, key, store};

const CLIENTS: usize = 16;
const ROUNDS: usize = 20;

/// The votes bear no user: without the idempotency key each would make a row of its own.
#[test]
fn one_request_sent_many_times_at_once_is_done_once() {
    let data = folder();
    let server = Server::start(data.path());
    let secret = key(data.path(), ALL_SCOPES);
    for round in 0..ROUNDS {
        let start = Arc::new(Barrier::new(CLIENTS));
        let client = |_| {
            let (mut client, start) = (server.client_with(&secret), Arc::clone(&start));
            std::thread::spawn(move || {
                let vote = json!({ "message_id": format!("m{round}"), "feedback": "up" });
                let (vote, once) = (vote.to_string(), format!("k{round}"));
                let request = Request::json("/api/feedback", vote.as_bytes());
                start.wait();
                client.send(&request.header("idempotency-key", &once))
            })
        };
        let clients: Vec<_> = (0..CLIENTS).map(client).collect();
        let replies = clients.into_iter().map(|it| it.join().expect("a client does not panic"));
        let replies: Vec<_> = replies.map(|reply| reply.expect(200)).collect();
        let replayed =
            |reply: &&crate::support::Reply| reply.header("idempotent-replayed") == Some("true");
        assert_eq!(replies.iter().filter(replayed).count(), CLIENTS - 1, "round {round}");
        assert!(replies.iter().all(|reply| reply.body == replies[0].body), "round {round}");
        assert_eq!(store::feedback(data.path()).len(), round + 1);
    }
}

/// The memory of what was done is as durable as what was done.
#[test]
fn a_retry_after_a_restart_is_still_the_same_request() {
    let data = folder();
    let vote = json!({ "message_id": "m1", "feedback": "up" }).to_string();
    let request = Request::json("/api/feedback", vote.as_bytes()).header("idempotency-key", "k");
    let server = Server::start(data.path());
    let secret = key(data.path(), ALL_SCOPES);
    let first = server.client_with(&secret).send(&request).expect(200);
    server.kill9();
    let server = Server::start(data.path());
    let again = server.client_with(&secret).send(&request).expect(200);
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(store::feedback(data.path()).len(), 1);
}
