//! The answers that are one pass over the rows: summary, approval, failures, coverage, comparison.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Bench;
use super::naive::{Filter, Vote, check_rate, check_share, close, rfc3339, wilson};

const DIMENSIONS: [&str; 8] = [
    "action_type",
    "model",
    "prompt_version",
    "experiment",
    "variant",
    "trust",
    "source",
    "conversation_id",
];

const KEYS: [&str; 10] = [
    "action_data.list",
    "action_data.n",
    "action_data.odd /~key",
    "action_data.flag",
    "action_data.nested",
    "action_data.a.b",
    "action_data.half",
    "action_data.nothing",
    "action_data.0",
    "action_data.absent\"$[*]",
];

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

/// All of them without a filter, with one a part of them (in per cent).
fn some<'a>(
    bench: &mut Bench<'_>,
    filter: &Filter,
    all: impl IntoIterator<Item = &'a str>,
    part: usize,
) -> Vec<&'a str> {
    let random = &mut bench.random;
    let whole = filter.pairs().is_empty();
    all.into_iter().filter(|_| whole || random.chance(part)).collect()
}

pub(super) fn summary(bench: &mut Bench<'_>, filter: &Filter) {
    let found = bench.ask("/api/feedback", &[("type", "summary".into())], filter);
    let mut groups: BTreeMap<(bool, String), (usize, usize)> = BTreeMap::new();
    for vote in bench.rows.chosen(filter) {
        let name = vote.answer.action_type.clone();
        let key = (name.is_none(), name.unwrap_or_else(|| "(none)".to_owned()));
        let (total, up) = groups.entry(key).or_default();
        *total += 1;
        *up += usize::from(vote.up);
    }
    let mut expected: Vec<Value> = groups
        .iter()
        .map(|((_, name), (total, up))| {
            let rate = (*up as f64 * 1000.0 / *total as f64).round() / 10.0;
            json!({ "action_type": name, "total_feedback": total, "thumbs_up": up,
                "thumbs_down": total - up, "approval_rate": rate })
        })
        .collect();
    let order = |row: &Value| {
        let total = row["total_feedback"].as_u64().expect("a number");
        (u64::MAX - total, row["action_type"].as_str().expect("a name").to_owned())
    };
    let mut found = list(&found["summary"]).to_vec();
    assert!(found.is_sorted_by_key(order), "{found:?}");
    // One is called "(none)" and one has no name; between them there is no order.
    for rows in [&mut found, &mut expected] {
        rows.sort_by_key(|row| (order(row), row["thumbs_up"].as_u64()));
    }
    assert_eq!(found, expected, "{} {filter:?}", bench.name);
}

pub(super) fn approval(bench: &mut Bench<'_>, filter: &Filter) {
    for by in some(bench, filter, DIMENSIONS.into_iter().chain(KEYS), 20) {
        let what = format!("{} approval by {by} {filter:?}", bench.name);
        let found = bench.ask("/api/analytics/approval", &[("by", by.into())], filter);
        let chosen = bench.rows.chosen(filter);
        check_rate(&what, &found["overall"], &chosen);
        let mut groups: BTreeMap<Option<String>, Vec<&Vote>> = BTreeMap::new();
        for vote in &chosen {
            groups.entry(vote.answer.value(by)).or_default().push(vote);
        }
        check_groups(&what, &found["groups"], "n", &groups);
        for group in list(&found["groups"]) {
            let key = group["key"].as_str().map(str::to_owned);
            check_rate(&what, group, &groups[&key]);
        }
        check_coverage_beside(&what, &found["coverage"], bench, filter);
    }
}

/// Every group is there once, the largest first, ties by name, the one without a name last.
fn check_groups<T>(
    what: &str,
    found: &Value,
    size: &str,
    expected: &BTreeMap<Option<String>, Vec<T>>,
) {
    let key = |group: &Value| group["key"].as_str().map(str::to_owned);
    let found = list(found);
    let keys: BTreeSet<_> = found.iter().map(key).collect();
    assert_eq!((keys.len(), found.len()), (expected.len(), expected.len()), "{what}");
    assert!(keys.iter().eq(expected.keys()), "{what}: {keys:?}");
    let order = |group: &Value| {
        let size = group[size].as_u64().expect("a number");
        (u64::MAX - size, group["key"].is_null(), key(group))
    };
    assert!(found.is_sorted_by_key(order), "{what}: {found:?}");
}

fn check_coverage_beside(what: &str, found: &Value, bench: &Bench<'_>, filter: &Filter) {
    let rated: BTreeSet<_> = bench.rows.votes.iter().map(|vote| &vote.message).collect();
    let takes = |it: &&super::naive::Response| filter.takes_answer(&it.answer, it.at);
    let shown: Vec<_> = bench.rows.responses.iter().filter(takes).collect();
    let hits = shown.iter().filter(|it| rated.contains(&it.message)).count();
    if filter.speaks_of_thumbs() || hits == shown.len() {
        assert!(found.is_null(), "{what}: {found}");
        return;
    }
    assert_eq!((&found["shown"], &found["rated"]), (&json!(shown.len()), &json!(hits)), "{what}");
    check_share(what, found, hits, shown.len());
}

pub(super) fn failures(bench: &mut Bench<'_>, filter: &Filter) {
    let what = format!("{} failures {filter:?}", bench.name);
    let pairs = [("at_least", "2".into()), ("limit", "1000".into())];
    let found = bench.ask("/api/analytics/failures", &pairs, filter);
    let chosen = bench.rows.chosen(filter);
    let down: Vec<_> = chosen.into_iter().filter(|vote| !vote.up).collect();
    assert_eq!(found["thumbs_down"], down.len(), "{what}");
    assert_eq!(found["unexplained"], down.iter().filter(|it| !it.known).count(), "{what}");
    let mut patterns: BTreeMap<[Option<&str>; 3], Vec<&Vote>> = BTreeMap::new();
    for vote in down.into_iter().filter(|vote| vote.known) {
        let answer = &vote.answer;
        let key = [&answer.user_message, &answer.assistant_response, &answer.action_type];
        patterns.entry(key.map(Option::as_deref)).or_default().push(vote);
    }
    patterns.retain(|_, votes| votes.len() >= 2);
    let found = list(&found["failures"]);
    assert_eq!(found.len(), patterns.len(), "{what}");
    let mut names = BTreeSet::new();
    for failure in found {
        let key = ["user_message", "assistant_response", "action_type"];
        let votes = &mut patterns.get_mut(&key.map(|it| failure[it].as_str())).expect("a pattern");
        votes.sort_by_key(|vote| std::cmp::Reverse((vote.at, vote.id)));
        let users: BTreeSet<_> = votes.iter().map(|vote| &vote.user).collect();
        let messages: Vec<_> = votes.iter().take(5).map(|vote| vote.message.as_str()).collect();
        assert_eq!(failure["frequency"], votes.len(), "{what}");
        assert_eq!(failure["users"], users.len(), "{what}");
        assert_eq!(failure["message_ids"], json!(messages), "{what}");
        assert_eq!(failure["last_at"], rfc3339(votes[0].at), "{what}");
        assert_eq!(failure["first_at"], rfc3339(votes[votes.len() - 1].at), "{what}");
        assert!(names.insert(failure["pattern"].to_string()), "{what}: two of a name");
    }
    let order = |failure: &Value| {
        let last = super::naive::micros(failure["last_at"].as_str().expect("a time"));
        (u64::MAX - failure["frequency"].as_u64().expect("a number"), i64::MAX - last)
    };
    assert!(found.is_sorted_by_key(order), "{what}");
}

pub(super) fn coverage(bench: &mut Bench<'_>, filter: &Filter) {
    let filter = &Filter { up: None, trust: None, ..filter.clone() };
    for by in some(bench, filter, ["action_type", "model", "source", "action_data.n"], 50) {
        let what = format!("{} coverage by {by} {filter:?}", bench.name);
        let found = bench.ask("/api/analytics/coverage", &[("by", by.into())], filter);
        let rows = &bench.rows;
        let rated: BTreeSet<_> = rows.votes.iter().map(|vote| &vote.message).collect();
        let mut groups: BTreeMap<Option<String>, Vec<bool>> = BTreeMap::new();
        for it in rows.responses.iter().filter(|it| filter.takes_answer(&it.answer, it.at)) {
            groups.entry(it.answer.value(by)).or_default().push(rated.contains(&it.message));
        }
        let all: Vec<bool> = groups.values().flatten().copied().collect();
        let hits = |rated: &[bool]| rated.iter().filter(|it| **it).count();
        check_share(&what, &found["overall"], hits(&all), all.len());
        assert_eq!(found["overall"]["shown"], all.len(), "{what}");
        let mut acts: BTreeMap<Option<String>, BTreeMap<&str, usize>> = BTreeMap::new();
        let mut all_acts: BTreeMap<&str, usize> = BTreeMap::new();
        for (message, kind, at) in &rows.signals {
            let answer = rows.responses.iter().find(|it| it.message == *message);
            let answer = answer.map(|it| it.answer.clone()).unwrap_or_default();
            if filter.takes_answer(&answer, *at) {
                // Of an unknown answer nothing is known.
                let key = answer.value(by).filter(|value| !value.is_empty());
                groups.entry(key.clone()).or_default();
                *acts.entry(key).or_default().entry(kind).or_default() += 1;
                *all_acts.entry(kind).or_default() += 1;
            }
        }
        assert_eq!(found["signals"], json!(all_acts), "{what}");
        check_groups(&what, &found["groups"], "shown", &groups);
        for group in list(&found["groups"]) {
            let key = group["key"].as_str().map(str::to_owned);
            let rated = &groups[&key];
            assert_eq!(group["shown"], rated.len(), "{what} {key:?}");
            assert_eq!(group["rated"], hits(rated), "{what} {key:?}");
            check_share(&what, group, hits(rated), rated.len());
            let expected = acts.remove(&key).unwrap_or_default();
            assert_eq!(group["signals"], json!(expected), "{what} {key:?}");
        }
    }
}

pub(super) fn compare(bench: &mut Bench<'_>, filter: &Filter) {
    let mut times: Vec<i64> = bench.rows.votes.iter().map(|vote| vote.at).collect();
    times.extend([0, 1_000, 2_000].iter().filter(|_| bench.rows.votes.is_empty()));
    times.sort_unstable();
    // Each edge is the very time of a vote.
    let (first, middle, last) = (times[0], times[times.len() / 3], times[times.len() - 1]);
    let period = |since: i64, until: i64| move |vote: &Vote| since <= vote.at && vote.at < until;
    let pairs = [
        ("a_since", rfc3339(first)),
        ("a_until", rfc3339(middle)),
        ("b_since", rfc3339(middle)),
        ("b_until", rfc3339(last)),
    ];
    check_compare(bench, filter, &pairs, &period(first, middle), &period(middle, last));
    for (by, a, b) in [
        ("prompt_version", "v1", "v2"),
        ("trust", "public", "secret"),
        ("action_data.odd /~key", "\"z\"", "$.y"),
        ("action_data.n", "0", "2"),
        ("model", "m-1", "nobody"),
    ] {
        let is = |value: &'static str| {
            move |vote: &Vote| vote.answer.value(by).as_deref() == Some(value)
        };
        let pairs = [("by", by.to_owned()), ("a", a.to_owned()), ("b", b.to_owned())];
        check_compare(bench, filter, &pairs, &is(a), &is(b));
    }
}

fn check_compare(
    bench: &mut Bench<'_>,
    filter: &Filter,
    pairs: &[(&str, String)],
    is_a: &dyn Fn(&Vote) -> bool,
    is_b: &dyn Fn(&Vote) -> bool,
) {
    let what = format!("{} compare {pairs:?} {filter:?}", bench.name);
    let found = bench.ask("/api/analytics/compare", pairs, filter);
    let chosen = bench.rows.chosen(filter);
    let side = |is: &dyn Fn(&Vote) -> bool| -> Vec<&Vote> {
        chosen.iter().copied().filter(|vote| is(vote)).collect()
    };
    let (a, b) = (side(is_a), side(is_b));
    check_rate(&what, &found["a"], &a);
    check_rate(&what, &found["b"], &b);
    let up = |votes: &[&Vote]| votes.iter().filter(|vote| vote.up).count();
    let change = &found["change"];
    let ((a_low, a_high), (b_low, b_high)) = (wilson(up(&a), a.len()), wilson(up(&b), b.len()));
    if a.is_empty() || b.is_empty() {
        assert!(change["difference"].is_null(), "{what}");
        close(&what, &change["low"], b_low - a_high);
        close(&what, &change["high"], b_high - a_low);
        return;
    }
    let (p_a, p_b) = (up(&a) as f64 / a.len() as f64, up(&b) as f64 / b.len() as f64);
    let square = |x: f64| x * x;
    close(&what, &change["difference"], p_b - p_a);
    let below = (square(p_b - b_low) + square(a_high - p_a)).sqrt();
    let above = (square(b_high - p_b) + square(p_a - a_low)).sqrt();
    close(&what, &change["low"], p_b - p_a - below);
    close(&what, &change["high"], p_b - p_a + above);
}
