//! The naive side: all rows in memory, filters by hand, intervals found by bisection.

use std::path::Path;

use serde_json::Value;

use crate::support::{Random, store};

pub(super) const MINUTE: i64 = 60_000_000;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// 97.5 % of a standard normal variable are below it.
const Z: f64 = 1.959_963_984_540_054;

/// What is known of an answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub(super) action_type: Option<String>,
    pub(super) action_data: Option<Value>,
    pub(super) model: Option<String>,
    pub(super) prompt_version: Option<String>,
    pub(super) experiment: Option<String>,
    pub(super) variant: Option<String>,
    pub(super) conversation_id: Option<String>,
    pub(super) user_message: Option<String>,
    pub(super) assistant_response: Option<String>,
    pub(super) trust: String,
    pub(super) source: String,
}

/// A current thumb and its answer.
#[derive(Debug, Clone)]
pub(super) struct Vote {
    pub(super) id: i64,
    pub(super) message: String,
    pub(super) user: String,
    pub(super) up: bool,
    pub(super) at: i64,
    pub(super) comment: Option<String>,
    /// Trust and source are those of the thumb.
    pub(super) answer: Answer,
    /// Whether anything is known of the answer.
    pub(super) known: bool,
}

/// A response.
#[derive(Debug, Clone)]
pub(super) struct Response {
    pub(super) message: String,
    pub(super) at: i64,
    pub(super) answer: Answer,
}

/// Everything of one project.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) votes: Vec<Vote>,
    pub(super) responses: Vec<Response>,
    /// (message, kind, time)
    pub(super) signals: Vec<(String, String, i64)>,
}

/// Columns of an answer, in this order, in the tables.
const ANSWER: &str = "action_type, action_data, model, prompt_version, experiment, variant, \
                      conversation_id, user_message, assistant_response, trust, source";

impl Rows {
    pub(super) fn read(folder: &Path, project: &str) -> Self {
        let db = store::open(folder);
        let id: i64 = db
            .query_row("select id from projects where name = ?1", [project], |row| row.get(0))
            .expect("the project is there");
        Self {
            votes: all(
                &db,
                &format!(
                    "select {ANSWER}, id, message_id, user_id, feedback = 'up', created_at, \
                     comment, message_id in (select message_id from responses \
                     where project_id = ?1) from feedback where project_id = ?1"
                ),
                id,
                |row| Vote {
                    answer: answer(row),
                    id: get(row, 11),
                    message: get(row, 12),
                    user: get(row, 13),
                    up: get(row, 14),
                    at: get(row, 15),
                    comment: get(row, 16),
                    known: get(row, 17),
                },
            ),
            responses: all(
                &db,
                &format!(
                    "select {ANSWER}, message_id, created_at from responses where project_id = ?1"
                ),
                id,
                |row| Response { answer: answer(row), message: get(row, 11), at: get(row, 12) },
            ),
            signals: all(
                &db,
                "select message_id, kind, created_at from signals where project_id = ?1",
                id,
                |row| (get(row, 0), get(row, 1), get(row, 2)),
            ),
        }
    }

    /// The votes that a filter selects.
    pub(super) fn chosen(&self, filter: &Filter) -> Vec<&Vote> {
        self.votes.iter().filter(|vote| filter.takes(vote)).collect()
    }
}

fn all<T>(
    db: &rusqlite::Connection,
    sql: &str,
    project: i64,
    map: impl Fn(&rusqlite::Row<'_>) -> T,
) -> Vec<T> {
    let mut statement = db.prepare(sql).expect("valid");
    let rows = statement.query_map([project], |row| Ok(map(row))).expect("readable");
    rows.collect::<Result<_, _>>().expect("readable")
}

fn get<T: rusqlite::types::FromSql>(row: &rusqlite::Row<'_>, index: usize) -> T {
    row.get(index).expect("of that type")
}

fn answer(row: &rusqlite::Row<'_>) -> Answer {
    let data: Option<String> = get(row, 1);
    Answer {
        action_type: get(row, 0),
        action_data: data.map(|text| serde_json::from_str(&text).expect("JSON")),
        model: get(row, 2),
        prompt_version: get(row, 3),
        experiment: get(row, 4),
        variant: get(row, 5),
        conversation_id: get(row, 6),
        user_message: get(row, 7),
        assistant_response: get(row, 8),
        trust: get(row, 9),
        source: get(row, 10),
    }
}

impl Answer {
    /// The value of a dimension.
    pub(super) fn value(&self, by: &str) -> Option<String> {
        if let Some(key) = by.strip_prefix("action_data.") {
            return match self.action_data.as_ref()?.get(key)? {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            };
        }
        match by {
            "action_type" => self.action_type.clone(),
            "model" => self.model.clone(),
            "prompt_version" => self.prompt_version.clone(),
            "experiment" => self.experiment.clone(),
            "variant" => self.variant.clone(),
            "conversation_id" => self.conversation_id.clone(),
            "trust" => Some(self.trust.clone()),
            "source" => Some(self.source.clone()),
            other => panic!("no dimension {other}"),
        }
    }
}

/// A filter, by hand.
#[derive(Debug, Clone, Default)]
pub(super) struct Filter {
    pub(super) since: Option<i64>,
    pub(super) until: Option<i64>,
    /// (key, value) of action_type, model, prompt_version, variant.
    pub(super) exact: Vec<(&'static str, String)>,
    pub(super) up: Option<bool>,
    pub(super) trust: Option<String>,
    pub(super) q: Option<String>,
}

impl Filter {
    pub(super) fn random(random: &mut Random, rows: &Rows) -> Self {
        let mut filter = Self::default();
        let times: Vec<i64> = rows.votes.iter().map(|vote| vote.at).collect();
        if random.chance(50) {
            let (a, b) = (*random.pick(&times), *random.pick(&times));
            // Sometimes nothing, sometimes just the one vote.
            let more = random.below(2) as i64;
            (filter.since, filter.until) = (Some(a.min(b)), Some(a.max(b) + more));
            match random.below(4) {
                0 => filter.since = None,
                1 => filter.until = None,
                _ => (),
            }
        }
        for (key, words) in [
            ("action_type", &["todo", "mail", "Ärger", "nobody"][..]),
            ("model", &["m-1", "m-2"]),
            ("prompt_version", &["v1", "v2"]),
            ("variant", &["a"]),
        ] {
            if random.chance(15) {
                filter.exact.push((key, (*random.pick(words)).to_owned()));
            }
        }
        filter.up = random.chance(15).then(|| random.chance(50));
        filter.trust = random.chance(15).then(|| "secret".to_owned());
        let texts = ["milk", "MILK", "ünal", "Ün", "slow", "b", "%", "…"];
        filter.q = random.chance(25).then(|| (*random.pick(&texts)).to_owned());
        filter
    }

    pub(super) fn takes(&self, vote: &Vote) -> bool {
        let answer = &vote.answer;
        let texts = [&answer.user_message, &answer.assistant_response, &vote.comment];
        self.in_time(vote.at)
            && self.up.is_none_or(|up| up == vote.up)
            && self.trust.as_ref().is_none_or(|trust| *trust == answer.trust)
            && self.says(answer, &texts)
    }

    /// Whether it selects an answer, thumbs or not.
    pub(super) fn takes_answer(&self, answer: &Answer, at: i64) -> bool {
        let texts = [&answer.user_message, &answer.assistant_response];
        self.in_time(at) && self.says(answer, &texts)
    }

    pub(super) fn speaks_of_thumbs(&self) -> bool {
        self.up.is_some() || self.trust.is_some()
    }

    fn in_time(&self, at: i64) -> bool {
        self.since.is_none_or(|since| since <= at) && self.until.is_none_or(|until| at < until)
    }

    fn says(&self, answer: &Answer, texts: &[&Option<String>]) -> bool {
        let lower = |text: &str| text.to_ascii_lowercase();
        let found = |q: &String| {
            let has = |text: &&Option<String>| {
                text.as_ref().is_some_and(|text| lower(text).contains(&lower(q)))
            };
            texts.iter().any(has)
        };
        let exact = |(key, value): &(&str, String)| answer.value(key).as_ref() == Some(value);
        self.exact.iter().all(exact) && self.q.as_ref().is_none_or(found)
    }

    /// The same as it stands in a query string.
    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = self.exact.clone();
        let word = |up: bool| if up { "up" } else { "down" }.to_owned();
        let mut add = |key, value: Option<String>| pairs.extend(value.map(|value| (key, value)));
        add("since", self.since.map(rfc3339));
        add("until", self.until.map(rfc3339));
        add("feedback", self.up.map(word));
        add("trust", self.trust.clone());
        add("q", self.q.clone());
        pairs
    }
}

/// A path with a query string.
pub(super) fn target<'a>(path: &str, pairs: impl Iterator<Item = (&'a str, String)>) -> String {
    let hex = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let pairs: Vec<_> = pairs.map(|(key, value)| format!("{key}={}", hex(&value))).collect();
    format!("{path}?{}", pairs.join("&"))
}

pub(super) fn micros(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().expect("RFC 3339").as_microsecond()
}

pub(super) fn rfc3339(us: i64) -> String {
    jiff::Timestamp::from_microsecond(us).expect("in range").to_string()
}

#[track_caller]
pub(super) fn close(what: &str, found: &Value, expected: f64) {
    let number = found.as_f64().unwrap_or_else(|| panic!("{what}: {found} is no number"));
    let off = (number - expected).abs() / expected.abs().max(1.0);
    assert!(off < 1e-9, "{what}: {number}, expected {expected}");
}

/// Where a rising function becomes 0 between two places.
fn root(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        if f(middle) < 0.0 { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// The proportions that lie just one score (z) away from the one that was seen.
pub(super) fn wilson(hits: usize, n: usize) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let (seen, n) = (hits as f64 / n as f64, n as f64);
    let inside = |p: f64| Z * Z * p * (1.0 - p) / n - (seen - p) * (seen - p);
    (root(0.0, seen, inside), root(seen, 1.0, |p| -inside(p)))
}

/// The same for a count of events.
pub(super) fn poisson(events: usize) -> (f64, f64) {
    let seen = events as f64;
    let inside = |mean: f64| Z * Z * mean - (seen - mean) * (seen - mean);
    (root(0.0, seen, inside), root(seen.max(1e-9), seen * 2.0 + 50.0, |mean| -inside(mean)))
}

/// The four numbers and the interval of a rate of thumbs.
#[track_caller]
pub(super) fn check_rate<'a>(
    what: &str,
    found: &Value,
    votes: impl IntoIterator<Item = &'a &'a Vote>,
) {
    let votes: Vec<_> = votes.into_iter().collect();
    let up = votes.iter().filter(|vote| vote.up).count();
    assert_eq!(found["up"], up, "{what}: up");
    assert_eq!(found["down"], votes.len() - up, "{what}: down");
    assert_eq!(found["n"], votes.len(), "{what}: n");
    check_share(what, found, up, votes.len());
}

/// A rate and its interval.
#[track_caller]
pub(super) fn check_share(what: &str, found: &Value, hits: usize, n: usize) {
    let (low, high) = wilson(hits, n);
    close(what, &found["low"], low);
    close(what, &found["high"], high);
    match n {
        0 => assert!(found["rate"].is_null(), "{what}: a rate of nothing"),
        n => close(what, &found["rate"], hits as f64 / n as f64),
    }
}
