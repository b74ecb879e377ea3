//! Analytics: every answer, over HTTP, against a naive computation on the rows of the database.
//!
//! The histories are random by seed: changes of mind, thumbs taken back, late and repeated client
//! times, erased users, several projects, clocks that jump. The naive side reads SQLite, looks at
//! one row after the other and shares no code with the program.

mod answers;
mod history;
mod naive;
mod people;
mod time;

use serde_json::Value;

use crate::support::{ALL_SCOPES, Client, Random, Server, cli, folder};
use history::History;
use naive::{Filter, Rows};

/// A project's name, its zone, and the date around which its feedback was given: its clock
/// jumps there, or leaves a whole day out.
const PROJECTS: [(&str, &str, &str); 5] = [
    ("berlin", "Europe/Berlin", "2024-10-27T00:00:00Z"),
    ("new-york", "America/New_York", "2024-03-10T12:00:00Z"),
    ("lord-howe", "Australia/Lord_Howe", "2024-04-06T12:00:00Z"),
    ("apia", "Pacific/Apia", "2011-12-30T12:00:00Z"),
    // By the client's clock, so that some of it is of these days.
    ("live", "Europe/Berlin", "now"),
];

/// One project under test.
struct Bench<'a> {
    name: &'a str,
    zone: jiff::tz::TimeZone,
    client: Client,
    rows: Rows,
    random: Random,
}

impl Bench<'_> {
    /// Asks; what was asked is in the message of a failure.
    #[track_caller]
    fn ask(&mut self, path: &str, pairs: &[(&str, String)], filter: &Filter) -> Value {
        let pairs: Vec<_> = pairs.iter().map(|(key, value)| (*key, value.clone())).collect();
        let target = naive::target(path, pairs.into_iter().chain(filter.pairs()));
        let reply = self.client.get(&target);
        assert_eq!(reply.status, 200, "{} {target}: {}", self.name, reply.text());
        reply.json()
    }

    /// Holds every answer against the rows.
    fn check(&mut self, filter: &Filter) {
        answers::summary(self, filter);
        answers::approval(self, filter);
        answers::failures(self, filter);
        answers::coverage(self, filter);
        answers::compare(self, filter);
        time::trend(self, filter);
        people::milestones(self, filter);
        people::cohorts(self, filter);
    }
}

fn run(seed: u64) {
    let data = folder();
    let server = Server::start(data.path());
    for (index, (name, zone, around)) in PROJECTS.iter().enumerate() {
        cli(data.path(), &["project", "create", name, "--zone", zone]).expect(0);
        let create = ["key", "create", "--project", name, "--scope", ALL_SCOPES];
        let key = cli(data.path(), &create).expect(0).trim().to_owned();
        let mut history = History::new(seed * 100 + index as u64, around);
        let mut bench = Bench {
            name,
            zone: jiff::tz::TimeZone::get(zone).expect("known"),
            client: server.client_with(&key),
            rows: Rows::default(),
            random: Random::new(seed + 7),
        };
        // Built from nothing, brought up to date, and built again after an erasure.
        for erase in [false, false, true] {
            history.write(&mut bench.client, erase);
            bench.rows = Rows::read(data.path(), name);
            history.check(&bench.rows);
            let filters = [Filter::default()].into_iter();
            let more = (0..3).map(|_| Filter::random(&mut bench.random, &bench.rows));
            for filter in filters.chain(more.collect::<Vec<_>>()) {
                bench.check(&filter);
            }
        }
    }
}

#[test]
fn every_answer_equals_a_naive_computation_on_random_histories() {
    for seed in 1..=2 {
        run(seed);
    }
}

#[test]
fn an_empty_project_has_answers_without_rates() {
    let data = folder();
    let server = Server::start(data.path());
    let key = crate::support::key(data.path(), "read");
    let mut bench = Bench {
        name: "default",
        zone: jiff::tz::TimeZone::UTC,
        client: server.client_with(&key),
        rows: Rows::default(),
        random: Random::new(1),
    };
    bench.check(&Filter::default());
    let past = Filter { until: Some(naive::micros("2001-01-01T00:00:00Z")), ..Filter::default() };
    bench.check(&past);
}
