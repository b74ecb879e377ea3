//! A random history, sent to the server and remembered in the plainest way.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::naive::{DAY, HOUR, MINUTE, Rows, micros, rfc3339};
use crate::support::{Client, Random};

/// What a user did to an answer: by which clock, and what it was then.
#[derive(Debug, Clone, Default)]
struct Thread {
    seen: BTreeSet<(i64, Option<bool>)>,
    latest: Option<i64>,
    /// The thumb, and the time of the first vote since there was none.
    current: Option<(bool, i64)>,
}

/// Everything that was sent.
pub(super) struct History {
    random: Random,
    /// Where most times lie around, in µs.
    around: i64,
    /// By the clock of clients, not as an import.
    live: bool,
    threads: BTreeMap<(usize, usize), Thread>,
}

const MESSAGES: usize = 90;
const USERS: usize = 24;

impl History {
    pub(super) fn new(seed: u64, around: &str) -> Self {
        let live = around == "now";
        let now = jiff::Timestamp::now().as_microsecond();
        let around = if live { now - 4 * DAY } else { micros(around) };
        Self { random: Random::new(seed), around, live, threads: BTreeMap::new() }
    }

    /// A round of writes; in the end a user may be erased.
    pub(super) fn write(&mut self, client: &mut Client, erase: bool) {
        let mut votes: Vec<Value> = (0..220).map(|_| self.vote()).collect();
        votes.extend(self.take_backs());
        let path = if self.live { "/api/feedback/batch" } else { "/api/import" };
        let reply = client.post(path, &Value::from(votes)).expect(200).json();
        assert_eq!(reply["errors"], json!([]));
        let responses: Vec<Value> = (0..60).map(|_| self.response()).collect();
        let reply = client.post("/api/responses/batch", &Value::from(responses)).expect(200).json();
        assert_eq!(reply["errors"], json!([]));
        for _ in 0..15 {
            let signal = *self.random.pick(&["copy", "regenerate", "retry", "edit"]);
            let message = self.random.below(MESSAGES + 40);
            let body = json!({ "message_id": format!("m{message}"), "signal": signal });
            client.post("/api/signals", &body).expect(200);
        }
        if !erase {
            return;
        }
        let user = self.random.below(USERS);
        client.post("/api/users/erase", &json!({ "user_id": self.user(user) })).expect(200);
        let before = self.threads.len();
        self.threads.retain(|(_, of), _| *of != user);
        assert!(self.threads.len() < before, "somebody was erased");
    }

    /// The current thumbs are those that the plain rules leave, neither more nor fewer.
    pub(super) fn check(&self, rows: &Rows) {
        let mut expected: Vec<_> = self
            .threads
            .iter()
            .filter_map(|((message, _), it)| Some((message, it.current?)))
            .map(|(message, (up, at))| (format!("m{message}"), up, at))
            .collect();
        let stored = rows.votes.iter().map(|row| (row.message.clone(), row.up, row.at));
        let mut stored: Vec<_> = stored.collect();
        expected.sort();
        stored.sort();
        assert_eq!(stored, expected, "the store keeps the rules");
        let current = |it: &(&(usize, usize), &Thread)| it.1.current.is_some();
        let users: BTreeSet<_> = self.threads.iter().filter(current).map(|it| it.0.1).collect();
        let stored: BTreeSet<_> = rows.votes.iter().map(|row| &row.user).collect();
        assert_eq!(stored.len(), users.len());
        assert!(stored.len() > 10, "the history is worth looking at");
    }

    fn user(&self, user: usize) -> String {
        if self.live {
            return format!("user-{user}");
        }
        // A pseudonym, as an export of ours would hold it.
        let letter = |n: usize| char::from(b'a' + n as u8);
        format!("twu_{}{}{}", letter(user / 26), letter(user % 26), "a".repeat(24))
    }

    /// A time near the jump of the clock, sometimes exactly on an edge.
    fn time(&mut self) -> i64 {
        let days = if self.live { 2 } else { 20 };
        let off = self.random.below(2 * days * 24 * 60) as i64 - (days * 24 * 60) as i64;
        let at = self.around + off * MINUTE;
        match self.random.below(6) {
            0 => at - at.rem_euclid(HOUR),
            1 => at - at.rem_euclid(HOUR) + 30 * MINUTE,
            2 => at - at.rem_euclid(DAY) + self.random.below(24) as i64 * HOUR - 1,
            _ => at + self.random.below(MINUTE as usize) as i64,
        }
    }

    fn vote(&mut self) -> Value {
        let (message, user) = (self.random.below(MESSAGES), self.random.below(USERS));
        let thumb = match self.random.below(10) {
            0 => None,
            1..=3 => Some(false),
            _ => Some(true),
        };
        let at = self.time();
        // Few clocks that differ, so that some are equal and some come late.
        let state_at = if self.live { at } else { at + self.random.below(3) as i64 * DAY };
        self.remember((message, user), (state_at, thumb), at);
        let word = thumb.map(|up| if up { "up" } else { "down" });
        let mut row = json!({
            "message_id": format!("m{message}"), "user_id": self.user(user), "feedback": word,
            "client_ts": rfc3339(state_at),
        });
        if !self.live {
            row["created_at"] = rfc3339(at).into();
            row["updated_at"] = rfc3339(state_at).into();
            let trust = *self.random.pick(&["secret", "secret", "signed", "public"]);
            row["trust"] = trust.into();
        }
        if word.is_some() && self.random.chance(20) {
            row["comment"] = (*self.random.pick(&["Milk", "too SLOW", "Ünfair"])).into();
        }
        // Of some answers nothing is known but the thumb.
        if message % 7 != 0 && self.random.chance(60) {
            self.describe(&mut row);
        }
        row
    }

    /// Every thumb on some of the answers is taken back, and nothing else is said of them.
    fn take_backs(&mut self) -> Vec<Value> {
        let mut rows = Vec::new();
        for _ in 0..5 {
            let message = self.random.below(MESSAGES);
            let of_it = self.threads.iter().filter(|((of, _), _)| *of == message);
            let users: Vec<_> = of_it.map(|((_, user), it)| (*user, it.latest)).collect();
            for (user, latest) in users {
                let at = latest.unwrap_or(self.around) + 1;
                self.remember((message, user), (at, None), at);
                rows.push(json!({
                    "message_id": format!("m{message}"), "user_id": self.user(user),
                    "feedback": null, "client_ts": rfc3339(at),
                }));
                if !self.live {
                    let row = rows.last_mut().expect("just made");
                    (row["created_at"], row["updated_at"]) =
                        (rfc3339(at).into(), rfc3339(at).into());
                }
            }
        }
        rows
    }

    fn remember(&mut self, key: (usize, usize), state: (i64, Option<bool>), at: i64) {
        let thread = self.threads.entry(key).or_default();
        let repeated = !thread.seen.insert(state);
        if repeated && !self.live || thread.latest.is_some_and(|latest| state.0 < latest) {
            return;
        }
        thread.latest = Some(state.0);
        thread.current = state.1.map(|up| (up, thread.current.map_or(at, |(_, first)| first)));
    }

    fn response(&mut self) -> Value {
        let at = self.time();
        let message = self.random.below(MESSAGES + 60);
        let mut row = json!({ "message_id": format!("m{message}"), "created_at": rfc3339(at) });
        self.describe(&mut row);
        row
    }

    /// What is known of the answer; said again, it may be something else.
    fn describe(&mut self, row: &mut Value) {
        let random = &mut self.random;
        let mut say = |name: &str, words: &[&str]| {
            if random.chance(75) {
                row[name] = (*random.pick(words)).into();
            }
        };
        say("action_type", &["todo", "mail", "appointment", "(none)", "Ärger"]);
        say("user_message", &["add MILK", "call Ünal", "buy bread"]);
        say("assistant_response", &["Added 'milk'.", "Calling…", "done"]);
        say("model", &["m-1", "m-2"]);
        say("prompt_version", &["v1", "v2", "v3"]);
        say("variant", &["a", "b"]);
        say("experiment", &["x1"]);
        say("conversation_id", &["c1", "c2", "c3"]);
        if random.chance(60) {
            let n = random.below(3);
            let odd = *random.pick(&["x", "$.y", "\"z\""]);
            row["action_data"] = json!({
                "list": format!("l{n}"), "n": n, "odd /~key": odd, "flag": n == 0,
                "nested": { "deep": n, "list": [n, null] }, "a.b": n * 2, "half": n as f64 / 2.0,
                "nothing": null, "0": "zero",
            });
        }
    }
}
