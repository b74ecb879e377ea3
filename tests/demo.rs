//! The demo is the same on each run, and a newcomer finds what it hides by its banner alone.

use serde_json::Value;

use crate::support::{Client, PATIENCE, Server, folder, until};

/// Where it ends, so that no test depends on the day on which it runs.
const END: &str = "2026-11-23";

/// What a demo printed, and a client with the key in it.
struct Demo {
    _place: tempfile::TempDir,
    _server: Server,
    banner: String,
    client: Client,
}

#[track_caller]
fn demo(arguments: &[&str]) -> Demo {
    let place = folder();
    let server = Server::demo(place.path(), &[&["--end", END], arguments].concat());
    let banner = until("the whole banner", PATIENCE, || {
        Some(server.log()).filter(|log| log.contains("Ctrl-C"))
    });
    let key = banner.split("Bearer ").nth(1).and_then(|it| it.split('\'').next()).expect("a key");
    let client = server.client_with(key);
    Demo { _place: place, _server: server, banner, client }
}

impl Demo {
    /// The answers to one question of the banner: those of the commands under it.
    #[track_caller]
    fn answers(&mut self, word: &str) -> Vec<Value> {
        let lines = self.banner.lines().skip_while(|line| !is_question(line, word)).skip(1);
        let commands = lines.take_while(|line| line.trim().starts_with("curl"));
        let paths: Vec<String> = commands
            .map(|line| {
                let url = line.split('\'').nth(1).expect("a URL in quotes");
                let path = url.strip_prefix("http://").and_then(|it| it.split_once('/'));
                format!("/{}", path.expect("a path").1)
            })
            .collect();
        assert!(!paths.is_empty(), "no question about {word} in {}", self.banner);
        paths.iter().map(|path| self.client.get(path).expect(200).json()).collect()
    }
}

fn is_question(line: &str, word: &str) -> bool {
    line.trim_start().get(1..3) == Some(". ") && line.contains(word)
}

/// A rate in per cent with its interval and n.
#[derive(Debug, Clone, Copy)]
struct Rate {
    n: u64,
    percent: f64,
    low: f64,
    high: f64,
}

#[track_caller]
fn rate(of: &Value) -> Rate {
    let percent = |name: &str| of[name].as_f64().unwrap_or(f64::NAN) * 100.0;
    let n = of["n"].as_u64().expect("a rate has n");
    Rate { n, percent: percent("rate"), low: percent("low"), high: percent("high") }
}

/// The group with that key in an answer about approval.
#[track_caller]
fn group(answer: &Value, key: &str) -> Rate {
    let groups = answer["groups"].as_array().expect("groups");
    let found = groups.iter().find(|group| group["key"] == key);
    rate(found.unwrap_or_else(|| panic!("no {key} in {answer}")))
}

#[test]
fn the_same_seed_gives_the_same_export_byte_for_byte() {
    let export = |arguments: &[&str]| {
        demo(arguments).client.get("/api/export?format=jsonl").expect(200).body
    };
    let first = export(&["--seed", "42"]);
    let lines = first.split(|byte| *byte == b'\n').count();
    assert!((8_000..12_000).contains(&lines), "{lines} rows");
    assert!(first == export(&["--seed", "42"]), "two runs differ");
    assert!(first != export(&["--seed", "43"]), "the seed decides");
}

#[test]
fn the_front_page_and_the_report_show_the_figures_of_the_api() {
    let mut demo = demo(&["--days", "21"]);
    let page = demo.client.get("/").expect(200).text().to_owned();
    assert!(!page.contains(" style="), "the page's policy allows the one style sheet alone");
    let approval = demo.client.get("/api/analytics/approval").expect(200).json();
    let failures = demo.client.get("/api/analytics/failures?limit=6").expect(200).json();
    for group in approval["groups"].as_array().expect("groups") {
        let (name, rate) = (group["key"].as_str().expect("a name"), rate(group));
        assert!(page.contains(&format!("<bdi>{name}</bdi>")), "{name}");
        let within = format!("{:.0}\u{a0}to\u{a0}{:.0}\u{a0}%", rate.low, rate.high);
        assert!(page.contains(&within), "{name}: {within}");
        let of_name = |line: &&str| line.starts_with(name);
        let line = demo.banner.lines().find(of_name).unwrap_or_else(|| panic!("no {name}"));
        let shown = [format!("{:.1} %", rate.percent), within.replace('\u{a0}', " ")];
        assert!(shown.iter().all(|figure| line.contains(figure)), "{line}");
    }
    assert_eq!(page.matches("class=\"day\"").count(), 21, "a bar for each day");
    assert!(page.contains("<polyline") && page.contains("<polygon"), "a line in its band");
    for failure in failures["failures"].as_array().expect("failures") {
        let asked = failure["user_message"].as_str().expect("a prompt");
        assert!(page.contains(asked) && demo.banner.contains(&asked[..40.min(asked.len())]));
    }
}

#[test]
fn the_banner_leads_to_the_prompt_that_hurt_appointments() {
    let mut demo = demo(&[]);
    let answer = &demo.answers("appointments")[0];
    let (before, after) = (group(answer, "v1"), group(answer, "v2"));
    assert!(before.n > 500 && after.n > 300, "{before:?} {after:?}");
    assert!(before.percent - after.percent > 15.0, "{before:?} {after:?}");
    assert!(after.high < before.low, "the intervals do not overlap: {before:?} {after:?}");
    // The control: another action type got a new prompt, too, and nothing came of it.
    let control = "/api/analytics/approval?by=prompt_version&action_type=note";
    let answer = demo.client.get(control).expect(200).json();
    let (before, after) = (group(&answer, "v1"), group(&answer, "v2"));
    assert!(before.n > 200 && after.n > 200, "{before:?} {after:?}");
    assert!(after.high > before.low && before.high > after.low, "{before:?} {after:?}");
}

#[test]
fn the_banner_leads_to_the_new_action_type_that_people_dislike() {
    let mut demo = demo(&[]);
    let answer = &demo.answers("travel")[0];
    let weeks = answer["buckets"].as_array().expect("buckets");
    assert!(weeks.len() <= 4, "it is new: {weeks:?}");
    let overall = rate(&answer["overall"]);
    assert!(overall.n > 150 && overall.high < 60.0, "{overall:?}");
    // The control: whatever was there from the first day on is liked better.
    let all = demo.client.get("/api/analytics/approval").expect(200).json();
    for name in ["todo", "appointment", "reminder", "note", "mail", "search", "small talk"] {
        let old = group(&all, name);
        assert!(old.low > overall.high, "{name}: {old:?}");
        let path = format!("/api/analytics/trend?interval=week&action_type={name}");
        let trend = demo.client.get(&path.replace(' ', "%20")).expect(200).json();
        assert!(trend["buckets"].as_array().is_some_and(|it| it.len() > 12), "{name} is old");
    }
}

#[test]
fn the_banner_leads_to_the_afternoon_on_which_nothing_worked() {
    let mut demo = demo(&[]);
    let answers = demo.answers("afternoon");
    let hours = answers[0]["buckets"].as_array().expect("buckets");
    assert_eq!(hours.len(), 24);
    let (mut inside, mut outside) = ((0, 0), (0, 0));
    for (hour, bucket) in hours.iter().enumerate() {
        let tally = if (13..17).contains(&hour) { &mut inside } else { &mut outside };
        tally.0 += bucket["down"].as_u64().expect("down");
        tally.1 += bucket["n"].as_u64().expect("n");
    }
    assert!(inside.0 > 100 && inside.0 * 5 > inside.1 * 4, "four of five fail: {inside:?}");
    assert!(outside.0 * 2 < outside.1, "the rest of the day is the control: {outside:?}");
    let failed = rate(&answers[1]["overall"]);
    assert!(failed.n > 100 && failed.high < 20.0, "{failed:?}");
    // The control: no other day has half as many thumbs down.
    let days = demo.client.get("/api/analytics/trend?interval=day").expect(200).json();
    let mut downs: Vec<_> = days["buckets"].as_array().expect("buckets").iter().collect();
    downs.sort_by_key(|bucket| std::cmp::Reverse(bucket["down"].as_u64()));
    let (worst, next) = (&downs[0], &downs[1]);
    assert_eq!(worst["down"].as_u64(), Some(inside.0 + outside.0), "that is the day");
    assert!(next["down"].as_u64() < worst["down"].as_u64().map(|n| n / 2), "{worst} {next}");
}

#[test]
fn the_banner_leads_to_a_misunderstanding_that_exact_patterns_see_in_part() {
    let mut demo = demo(&[]);
    let answers = demo.answers("evening");
    let all = rate(&answers[0]["overall"]);
    assert!(all.n > 150 && all.high < 20.0, "{all:?}");
    let patterns = answers[1]["failures"].as_array().expect("failures");
    let seen: u64 = patterns.iter().filter_map(|it| it["frequency"].as_u64()).sum();
    let downs = answers[1]["thumbs_down"].as_u64().expect("a count");
    assert!(patterns.len() > 5, "many patterns of one misunderstanding: {}", patterns.len());
    assert!(seen * 5 > downs && seen * 5 < downs * 4, "{seen} of {downs} in exact patterns");
    // The control: mornings are understood.
    let path = "/api/analytics/approval?q=morning";
    let morning = rate(&demo.client.get(path).expect(200).json()["overall"]);
    assert!(morning.n > 100 && morning.low > all.high + 40.0, "{morning:?}");
}
