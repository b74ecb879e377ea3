//! What the made-up data looks like, and that it is always the same.

use super::*;
use crate::model::feedback::Thumb;

fn plan(seed: u64, days: u16) -> Plan {
    Plan { seed, days, end: "2026-11-23T00:00:00Z".parse().expect("valid") }
}

#[test]
fn the_same_plan_makes_the_same_data_and_another_one_other_data() {
    let writes = plan(1, 21).writes();
    assert_eq!(writes, plan(1, 21).writes());
    assert_ne!(writes, plan(2, 21).writes());
    let later = Plan { end: plan(1, 21).end.shifted(DAY_US), ..plan(1, 21) };
    assert_ne!(writes, later.writes());
}

#[test]
fn the_data_looks_like_that_of_a_product() {
    let plan = plan(42, 90);
    let writes = plan.writes();
    let times: Vec<_> = writes.iter().map(Write::at).collect();
    assert!(times.is_sorted());
    assert!(times[0] >= plan.start() && times[times.len() - 1] < plan.end);
    let thumbs: Vec<_> = writes
        .iter()
        .filter_map(|write| match write {
            Write::Feedback(new) => Some(new),
            _ => None,
        })
        .collect();
    let unrated = writes.iter().filter(|write| matches!(write, Write::Response(_))).count();
    assert!((8_000..12_000).contains(&thumbs.len()), "{}", thumbs.len());
    let coverage = thumbs.len() as f64 / (thumbs.len() + unrated) as f64;
    assert!((0.3..0.5).contains(&coverage), "{coverage}");
    let ups = thumbs.iter().filter(|new| new.thumb == Some(Thumb::Up)).count();
    assert!((0.80..0.90).contains(&(ups as f64 / thumbs.len() as f64)), "{ups}");

    let mut of_each = std::collections::BTreeMap::<&str, usize>::new();
    for new in &thumbs {
        *of_each.entry(new.subject.as_str()).or_default() += 1;
    }
    let mut counts: Vec<_> = of_each.into_values().collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let heavy: usize = counts[..counts.len() / 10].iter().sum();
    assert!(heavy * 4 > thumbs.len(), "the most active tenth gives more than a quarter: {heavy}");
    let on = |day| thumbs.iter().filter(|new| new.received_at.weekday() == day).count();
    assert!(on(6) * 3 < on(1) * 2, "Sundays are quieter than Tuesdays");
}

#[test]
fn each_finding_is_about_something_in_the_script_and_has_its_paths() {
    for finding in findings::FINDINGS {
        let known = |name| script::ACTIONS.iter().any(|it| it.name == name);
        let new = script::NEW_ACTION.name;
        assert!(finding.action_type.is_none_or(|name| name == new || known(name)));
        for path in finding.paths(&plan(42, 90)) {
            assert!(path.starts_with("/api/") && !path.contains(['{', ' ']), "{path}");
        }
    }
}

#[test]
fn the_outage_is_on_a_working_day_and_comes_after_the_other_changes() {
    for days in [21, 30, 90, 365] {
        for shift in 0..7 {
            let plan = Plan { end: plan(42, days).end.shifted(shift * DAY_US), ..plan(42, days) };
            let (from, to) = plan.outage();
            assert!(from.weekday() < 5 && plan.prompt_change() < from && to < plan.end);
            assert!(plan.start() < plan.prompt_change() && plan.prompt_change() < plan.launch());
        }
    }
}
