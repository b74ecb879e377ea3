//! The answers about users: milestones and cohorts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::Bench;
use super::naive::{DAY, Filter, Vote, check_rate, close, micros, poisson, rfc3339};

pub(super) fn milestones(bench: &mut Bench<'_>, filter: &Filter) {
    let what = format!("{} milestones {filter:?}", bench.name);
    let found = bench.ask("/api/analytics/milestones", &[], filter);
    let now = micros(found["as_of"].as_str().expect("a time"));
    let chosen = bench.rows.chosen(filter);
    let users: BTreeSet<_> = chosen.iter().map(|vote| &vote.user).collect();
    assert_eq!(found["users"], users.len(), "{what}");
    let usable = |vote: &&&Vote| {
        let answer = &vote.answer;
        vote.up && answer.user_message.is_some() && answer.assistant_response.is_some()
    };
    let fresh = |vote: &&&Vote| now - 28 * DAY < vote.at && vote.at <= now;
    let positives = chosen.iter().filter(usable).count();
    assert_eq!(found["positives"], positives, "{what}");
    let first = chosen.iter().map(|vote| vote.at).min().unwrap_or(now);
    let days = ((now - first) as f64 / DAY as f64).clamp(1.0, 28.0);
    let check_pace = |found: &Value, n: usize| {
        let (low, high) = poisson(n);
        assert_eq!(found["n"], n, "{what}");
        for (name, expected) in [("a_week", n as f64), ("low", low), ("high", high)] {
            close(&format!("{what}: {name} of {n}"), &found[name], expected * 7.0 / days);
        }
    };
    let recent = chosen.iter().filter(fresh).count();
    let recent_positives = chosen.iter().filter(usable).filter(fresh).count();
    check_pace(&found["feedback"], recent);
    check_pace(&found["positives_pace"], recent_positives);

    let a_week = recent as f64 * 7.0 / days;
    let reached: Vec<bool> = [50.0, 500.0, 5_000.0, 50_000.0].map(|it| a_week >= it).to_vec();
    let said: Vec<_> = found["milestones"].as_array().expect("a list").clone();
    assert!(said.iter().map(|it| it["reached"] == true).eq(reached.clone()), "{what}");
    let next = reached.iter().position(|it| !it).map(|index| said[index].clone());
    assert_eq!(found["next"], json!(next), "{what}");
    let (low, high) = poisson(recent_positives);
    for (due, goal) in found["first_fine_tune"].as_array().expect("a list").iter().zip([500, 1000])
    {
        assert_eq!((&due["positives"], &due["reached"]), (&json!(goal), &json!(false)), "{what}");
        for (name, events) in
            [("expected_at", recent_positives as f64), ("earliest_at", high), ("latest_at", low)]
        {
            if events < 1e-6 {
                assert!(due[name].is_null(), "{what}: {name}");
                continue;
            }
            let wait = (goal - positives) as f64 / (events / days);
            let said = micros(due[name].as_str().expect("a time")) - now;
            close(&format!("{what}: {name}"), &json!(said as f64 / DAY as f64), wait);
        }
    }
}

/// The number of a time's week: Mondays since 1970.
fn week(zone: &TimeZone, us: i64) -> i64 {
    let local = jiff::Timestamp::from_microsecond(us).expect("in range").to_zoned(zone.clone());
    let iso = local.iso_week_date();
    let monday = jiff::civil::ISOWeekDate::new(iso.year(), iso.week(), Weekday::Monday);
    let days = monday.expect("a date").date().duration_since(jiff::civil::date(1970, 1, 5));
    days.as_hours() / 24 / 7
}

fn monday(week: i64) -> String {
    let days = jiff::Span::new().days(week * 7);
    jiff::civil::date(1970, 1, 5).checked_add(days).expect("in range").to_string()
}

pub(super) fn cohorts(bench: &mut Bench<'_>, filter: &Filter) {
    let what = format!("{} cohorts {filter:?}", bench.name);
    let found = bench.ask("/api/analytics/cohorts", &[], filter);
    let zone = &bench.zone;
    let before = |vote: &&Vote| filter.until.is_none_or(|until| vote.at < until);
    let mut first: BTreeMap<&str, i64> = BTreeMap::new();
    for vote in bench.rows.votes.iter().filter(before) {
        let here = week(zone, vote.at);
        let known = first.entry(&vote.user).or_insert(here);
        *known = here.min(*known);
    }
    let chosen = bench.rows.chosen(filter);
    let of = |wanted: &dyn Fn(i64, i64) -> bool| -> Vec<&Vote> {
        let is = |vote: &&&Vote| wanted(first[vote.user.as_str()], week(zone, vote.at));
        chosen.iter().filter(is).copied().collect()
    };
    let voters = |votes: &[&Vote]| {
        let users: BTreeSet<_> = votes.iter().map(|vote| vote.user.as_str()).collect();
        users.len()
    };
    check_rate(&what, &found["overall"], &chosen);

    let came: BTreeSet<i64> = first.values().copied().collect();
    let said = found["cohorts"].as_array().expect("a list");
    assert_eq!(said.len(), came.len(), "{what}");
    for (cohort, came) in said.iter().zip(came) {
        assert_eq!(cohort["label"], monday(came), "{what}");
        check_start(&what, zone, cohort);
        assert_eq!(cohort["size"], first.values().filter(|it| **it == came).count(), "{what}");
        let theirs = of(&|first, _| first == came);
        check_rate(&what, cohort, &theirs);
        let last = theirs.iter().map(|vote| week(zone, vote.at)).max().unwrap_or(came - 1);
        let by_week = (came..=last).map(|at| voters(&of(&|first, it| first == came && it == at)));
        assert_eq!(cohort["voters_by_week"], json!(by_week.collect::<Vec<_>>()), "{what}");
    }

    let weeks: BTreeSet<i64> = chosen.iter().map(|vote| week(zone, vote.at)).collect();
    let weeks = weeks.first().map_or(0..0, |first| *first..weeks.last().expect("some") + 1);
    let said = found["weeks"].as_array().expect("a list");
    assert_eq!(said.len() as i64, weeks.end - weeks.start, "{what}");
    for (row, at) in said.iter().zip(weeks) {
        assert_eq!(row["label"], monday(at), "{what}");
        check_start(&what, zone, row);
        let new = of(&|first, it| it == at && first == at);
        let returning = of(&|first, it| it == at && first < at);
        for (name, votes) in [("new", new), ("returning", returning)] {
            assert_eq!(row[name]["voters"], voters(&votes), "{what} {name}");
            check_rate(&what, &row[name], &votes);
        }
    }
}

/// The start is the first moment of the date that the label names.
fn check_start(what: &str, zone: &TimeZone, row: &Value) {
    let start = micros(row["start"].as_str().expect("a time"));
    assert_eq!(super::time::start("week", zone, start), start, "{what}");
    assert_eq!(row["label"], monday(week(zone, start)), "{what} {}", rfc3339(start));
}
