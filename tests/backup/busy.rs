//! A backup while feedback pours in.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde_json::json;

use super::{backup, manifest, text};
use crate::support::load::{Fate, Plan};
use crate::support::{ALL_SCOPES, PATIENCE, Server, cli, folder, key, store, until};

/// Feedback that is stored before the backup begins.
const BEFORE: usize = 2_000;
/// Feedback a second that the backup must not mind.
const RATE_MIN: f64 = 500.0;

#[test]
fn a_backup_beside_a_busy_server_is_a_prefix_of_what_was_acknowledged() {
    let data = folder();
    let server = Server::start(data.path());
    let key = key(data.path(), ALL_SCOPES);
    // 0 until the backup begins, 1 from then on: kept with each reply that comes in.
    let phase = Arc::new(AtomicU64::new(0));
    let mut plan = Plan::new(16, 5, |writer, n, random| {
        json!({
            "message_id": format!("m-{writer}-{n}"),
            "user_id": format!("user-{}", random.below(400)),
            "feedback": if random.chance(80) { "up" } else { "down" },
            "user_message": "Add milk to my list, and mind the weather while you are at it.",
            "assistant_response": "Added 'Buy milk'.",
        })
    });
    let mark = Arc::clone(&phase);
    plan.mark = Arc::new(move || mark.load(Ordering::SeqCst));
    let began = Instant::now();
    let load = plan.start(&server, &key);
    until("there is something to back up", PATIENCE, || {
        (load.acknowledged() >= BEFORE).then_some(())
    });
    phase.store(1, Ordering::SeqCst);
    let at_begin = load.acknowledged();
    let saved = backup(data.path(), &["--with-key"]);
    let meanwhile = load.acknowledged() - at_begin;
    let rate = load.acknowledged() as f64 / began.elapsed().as_secs_f64();
    let sent = load.finish();
    assert!(meanwhile > 0, "nobody wrote while the backup was made, at {rate:.0} feedback/s");
    assert!(rate >= RATE_MIN, "only {rate:.0} feedback/s came in");
    assert!(sent.iter().all(|it| matches!(it.fate, Fate::Acknowledged)), "nobody was refused");

    let restored = folder();
    cli(restored.path(), &["restore", text(&saved)]).expect(0);
    let there: BTreeSet<_> =
        store::feedback(restored.path()).into_iter().map(|(message, ..)| message).collect();
    for it in sent.iter().filter(|it| it.mark == 0) {
        assert!(there.contains(&it.message_id), "{} was acknowledged before", it.message_id);
    }
    // Of one moment: everything up to some commit, and nothing after it.
    let last: i64 = store::open(restored.path())
        .query_row("select max(seq) from thumbs", [], |row| row.get(0))
        .expect("readable");
    let live = store::open(data.path());
    let mut until_then = live.prepare("select message_id from thumbs where seq <= ?").expect("ok");
    let until_then: BTreeSet<String> =
        until_then.query_map([last], |row| row.get(0)).expect("ok").map(Result::unwrap).collect();
    assert_eq!(there, until_then);
    assert!(there.len() < sent.len(), "the load went on behind the backup");

    let first = manifest(&saved);
    let again = manifest(&backup(restored.path(), &[]));
    assert_eq!(first["contents"], again["contents"], "restored to an equal store");
    assert_eq!(first["contents"]["feedback"]["rows"], there.len());
    drop(server);
}
