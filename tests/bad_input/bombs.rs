//! Questions that would eat the machine: they end, and nobody but their author notices.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Bench, check_problem};
use crate::support::{PATIENCE, Reply, process, until};

/// The wall limit of a question, and time to clean up on a busy machine.
const ENDS_WITHIN: Duration = Duration::from_secs(10 + 5);
/// How much the server may grow while it waits for them.
const GROWTH_BYTES_MAX: u64 = 64 << 20;
/// Largest answer; more than anyone reads, little enough to hold in memory.
const ANSWER_BYTES_MAX: usize = 32 << 20;
/// How long a vote may take meanwhile; far above what it takes, far below the wall limit.
const VOTE_WITHIN: Duration = Duration::from_secs(3);

const CROSS_JOIN: &str =
    "select count(*) from range(10000000000) a, range(10000000000) b where a.range < b.range";
const BOMBS: [&str; 10] = [
    "select repeat('y', 100000) as y from range(10000)",
    "select regexp_replace(repeat('a', 50000000), '(a*)*b', 'x') as x",
    "select repeat('x', 3000000000) as x",
    CROSS_JOIN,
    "with recursive x(n) as (select 1 union all select n + 1 from x) select count(*) from x",
    "select len(list(n)) from range(100000000) t(n)",
    "select list_sort(list(n::varchar || repeat('y', 100))) from range(100000000) t(n)",
    "select string_agg(repeat('z', 1000), '') from range(10000000)",
    "select a.range from range(100000000) a order by hash(a.range)",
    "select repeat('z', 60000000) as z from range(20)",
];

#[test]
fn resource_bombs_end_in_time_and_leave_votes_and_memory_alone() {
    let mut bench = Bench::new();
    bench.client().post("/api/query", &json!({ "sql": "select 1" })).expect(200);
    for sql in BOMBS {
        let calm = process::resident_bytes(bench.server.id());
        let bomb = std::thread::spawn({
            let mut client = bench.client();
            move || {
                let lit = Instant::now();
                let reply = client.post("/api/query", &json!({ "sql": sql }));
                (reply, lit.elapsed())
            }
        });
        let (mut most, mut votes, mut slowest) = (0, 0, Duration::ZERO);
        let mut client = bench.client();
        until("the bomb is over", PATIENCE, || {
            let vote = json!({ "message_id": format!("v{votes}"), "feedback": "up" });
            let sent = Instant::now();
            client.post("/api/feedback", &vote).expect(200);
            slowest = slowest.max(sent.elapsed());
            votes += 1;
            most = most.max(process::resident_bytes(bench.server.id()));
            bomb.is_finished().then_some(())
        });
        let (reply, took) = bomb.join().expect("the client does not panic");
        // Whether it is stopped, refused or, where it is small enough, answered: it ends.
        assert_documented(sql, &reply);
        assert!(reply.body.len() < ANSWER_BYTES_MAX, "{sql}: {} bytes", reply.body.len());
        assert!(took < ENDS_WITHIN, "{sql}: {took:?}");
        assert!(slowest < VOTE_WITHIN, "{sql}: a vote took {slowest:?}");
        let grown = most.saturating_sub(calm);
        assert!(grown < GROWTH_BYTES_MAX, "{sql}: the server grew by {} MiB", grown >> 20);
        let after = bench.client().post("/api/query", &json!({ "sql": "select 42 as x" }));
        assert_eq!(after.expect(200).json()["rows"], json!([{ "x": 42 }]), "after {sql}");
    }
    bench.assert_alive();
}

/// A crowd of bombs takes the places of questions, not those of votes.
#[test]
fn many_bombs_at_once_leave_votes_alone() {
    let mut bench = Bench::new();
    let bombs: Vec<_> = (0..8)
        .map(|_| {
            let mut client = bench.client();
            std::thread::spawn(move || client.post("/api/query", &json!({ "sql": CROSS_JOIN })))
        })
        .collect();
    let mut client = bench.client();
    let mut votes = 0;
    until("the bombs are over", 4 * PATIENCE, || {
        let vote = json!({ "message_id": format!("v{votes}"), "feedback": "up" });
        client.post("/api/feedback", &vote).expect(200);
        votes += 1;
        bombs.iter().all(|bomb| bomb.is_finished()).then_some(())
    });
    for bomb in bombs {
        let reply = bomb.join().expect("the client does not panic");
        assert_documented(CROSS_JOIN, &reply);
    }
    bench.assert_alive();
}

/// A bomb is answered, or refused in one of the documented ways.
#[track_caller]
fn assert_documented(sql: &str, reply: &Reply) {
    let code = match reply.status {
        200 => return,
        408 => "query_too_slow",
        422 => "query_too_large",
        503 => "busy",
        other => panic!("{sql}: {other}: {}", reply.text()),
    };
    check_problem(sql, reply, reply.status, code);
}
