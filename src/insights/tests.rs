//! Each answer against a naive computation on the same rows.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::approval::approval;
use super::failures::failures;
use super::summary::summary;
use crate::model::feedback::Thumb;
use crate::model::filter::{Dimension, Filter};
use crate::model::record::Feedback;
use crate::model::trust::Trust;
use crate::warehouse::fixture;

fn row() -> impl Strategy<Value = Feedback> {
    let thumb = prop_oneof![Just(Thumb::Up), Just(Thumb::Down)];
    let action = prop::option::of(prop_oneof![Just("todo"), Just("mail"), Just("call")]);
    let text = prop::option::of(prop_oneof![Just("Milk"), Just("MILK ü"), Just("bread")]);
    let trust = prop_oneof![Just(Trust::Secret), Just(Trust::Public)];
    let pattern = prop::option::of(-2_i64..2);
    (thumb, action, text, trust, pattern, 1_i64..20, 0_u8..3).prop_map(
        |(thumb, action, text, trust, pattern, day, user)| Feedback {
            user_message: text.map(str::to_owned),
            assistant_response: None,
            pattern_hash: pattern,
            trust,
            user_id: format!("u{user}"),
            ..fixture::feedback(day, thumb, action)
        },
    )
}

fn rows() -> impl Strategy<Value = Vec<Feedback>> {
    prop::collection::vec(row(), 0..40).prop_map(|mut rows| {
        for (id, row) in (1..).zip(&mut rows) {
            row.id = id;
            row.message_id = format!("m{id}");
        }
        rows
    })
}

fn filter() -> impl Strategy<Value = Filter> {
    let q = prop::option::of(prop_oneof![Just("mil"), Just("Ü"), Just("k ü"), Just("")]);
    let time = prop::option::of(1_i64..20);
    let thumb = prop::option::of(prop_oneof![Just(Thumb::Up), Just(Thumb::Down)]);
    let action = prop::option::of(Just("todo"));
    let trust = prop::option::of(Just(Trust::Secret));
    (q, time.clone(), time, thumb, action, trust).prop_map(
        |(q, since, until, feedback, action_type, trust)| Filter {
            since: since.map(|day| fixture::feedback(day, Thumb::Up, None).created_at),
            until: until.map(|day| fixture::feedback(day, Thumb::Up, None).created_at),
            action_type: action_type.map(str::to_owned),
            feedback,
            trust,
            q: q.map(str::to_owned),
            ..Filter::default()
        },
    )
}

fn selects(filter: &Filter, row: &Feedback) -> bool {
    let holds = |text: &Option<String>, q: &str| {
        let text = text.as_ref().map(|text| text.to_ascii_lowercase());
        text.is_some_and(|text| text.contains(&q.to_ascii_lowercase()))
    };
    filter.since.is_none_or(|since| row.created_at >= since)
        && filter.until.is_none_or(|until| row.created_at < until)
        && (filter.action_type.is_none() || filter.action_type == row.action_type)
        && filter.feedback.is_none_or(|thumb| thumb == row.feedback)
        && filter.trust.is_none_or(|trust| trust == row.trust)
        && filter.q.as_ref().is_none_or(|q| {
            [&row.user_message, &row.assistant_response, &row.comment]
                .iter()
                .any(|text| holds(text, q))
        })
}

fn is_up(row: &&Feedback) -> bool {
    row.feedback == Thumb::Up
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn answers_agree_with_a_naive_computation(rows in rows(), filter in filter()) {
        let (_temp, mirror) = fixture::mirror(&rows);
        let db = mirror.reader().expect("reads");
        let chosen: Vec<_> = rows.iter().filter(|row| selects(&filter, row)).collect();
        let up = chosen.iter().filter(|row| is_up(row)).count() as u64;

        let summary = summary(&db, &filter).expect("answers");
        let mut groups: BTreeMap<&str, Vec<&Feedback>> = BTreeMap::new();
        for row in &chosen {
            groups.entry(row.action_type.as_deref().unwrap_or("(none)")).or_default().push(row);
        }
        prop_assert_eq!(summary.len(), groups.len());
        for line in &summary {
            let group = &groups[line.action_type.as_str()];
            let ups = group.iter().filter(|row| is_up(row)).count() as u64;
            prop_assert_eq!(line.total_feedback, group.len() as u64);
            prop_assert_eq!((line.thumbs_up, line.thumbs_down), (ups, group.len() as u64 - ups));
        }

        for by in ["trust", "action_type", "action_data.a/b~c", "action_data.n"] {
            let by = Dimension::parse(by).expect("valid");
            let approval = approval(&db, &by, &filter).expect("answers");
            prop_assert_eq!(approval.overall.n, chosen.len() as u64);
            prop_assert_eq!(approval.overall.up, up);
            if by.key.as_deref() == Some("a/b~c") {
                let keys: BTreeSet<_> =
                    approval.groups.iter().map(|group| group.key.clone()).collect();
                let expected: BTreeSet<_> = chosen
                    .iter()
                    .map(|row| row.action_data.as_ref().map(|data| data[10..12].to_owned()))
                    .collect();
                prop_assert_eq!(keys, expected);
            }
        }

        let found = failures(&db, &filter, 2, 3).expect("answers");
        let down: Vec<_> = chosen.iter().filter(|row| !is_up(row)).collect();
        prop_assert_eq!(found.thumbs_down, down.len() as u64);
        let mut patterns: BTreeMap<i64, Vec<&&&Feedback>> = BTreeMap::new();
        for row in &down {
            if let Some(hash) = row.pattern_hash {
                patterns.entry(hash).or_default().push(row);
            }
        }
        let explained: usize = patterns.values().map(Vec::len).sum();
        prop_assert_eq!(found.unexplained, (down.len() - explained) as u64);
        patterns.retain(|_, rows| rows.len() >= 2);
        prop_assert_eq!(found.failures.len(), patterns.len().min(3));
        for failure in &found.failures {
            let hash = u64::from_str_radix(&failure.pattern, 16).expect("hexadecimal");
            let rows = &patterns[&hash.cast_signed()];
            let users: BTreeSet<_> = rows.iter().map(|row| &row.user_id).collect();
            prop_assert_eq!(failure.frequency, rows.len() as u64);
            prop_assert_eq!(failure.users, users.len() as u64);
            prop_assert_eq!(Some(failure.first_at), rows.iter().map(|row| row.created_at).min());
            prop_assert_eq!(Some(failure.last_at), rows.iter().map(|row| row.created_at).max());
            let latest = rows.iter().max_by_key(|row| (row.created_at, row.id)).expect("some");
            prop_assert_eq!(&failure.message_ids[0], &latest.message_id);
            prop_assert_eq!(failure.message_ids.len(), rows.len().min(5));
        }
        prop_assert!(found.failures.is_sorted_by(|a, b| a.frequency >= b.frequency));
    }
}

/// An error here would be taken for a bad mirror, so no value of a parameter may cause one.
#[test]
fn no_parameter_makes_a_question_fail() {
    let (_temp, mirror) = fixture::mirror(&[fixture::feedback(1, Thumb::Down, Some("todo"))]);
    let db = mirror.reader().expect("reads");
    let odd =
        ["~", "/", "$", "$.a[", "\"", "'", "*", "[0]", " ", "ä", "\u{0}", "\u{fffe}", "\\u", "%"];
    for odd in odd {
        for key in [odd.to_owned(), odd.repeat(50)] {
            let Ok(by) = Dimension::parse(&format!("action_data.{key}")) else { continue };
            assert!(approval(&db, &by, &Filter::default()).is_ok(), "{key:?}");
        }
        let text = || Some(odd.to_owned());
        let filter = Filter { q: text(), model: text(), variant: text(), ..Filter::default() };
        assert!(summary(&db, &filter).is_ok(), "{odd:?}");
        assert!(failures(&db, &filter, 0, u32::MAX).is_ok(), "{odd:?}");
    }
}
