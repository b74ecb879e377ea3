//! Intake: durable feedback a second, beside bare SQLite in the same round.

use crate::client::{closed_loop, post};
use crate::folder::Folder;
use crate::server::Server;
use crate::sqlite::{self, Bare};
use crate::table::{Table, quantile};
use crate::{Plan, corpus};

/// Connections, how many times the writes of one connection they send, and what is expected of
/// feedback a second and of the slowest of a hundred.
const LOADS: [(usize, usize, &str, &str); 3] =
    [(1, 1, "", ""), (16, 6, "≥ 12,000", ""), (64, 10, "≥ 15,000", "≤ 20")];

#[derive(Default)]
struct Rounds {
    rate: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    cpu: Vec<f64>,
}

/// Measures with and without text, round by round, so that whatever else the machine does hits
/// all alike.
pub(crate) fn measure(plan: Plan, table: &mut Table) {
    for (name, with_text) in [("with text", true), ("thumb alone", false)] {
        let mut rows = Source { next: 0, with_text };
        let folder = Folder::empty();
        let (server, _) = Server::start(folder.path(), &folder.key);
        let mut bare = Bare::create(&folder.path().join("bare.db"), sqlite::ONE);
        let mut ours = Bare::create(&folder.path().join("ours.db"), sqlite::OURS);
        let (mut one, mut hundred) = (Vec::new(), Vec::new());
        let (mut our_one, mut our_hundred) = (Vec::new(), Vec::new());
        let mut loads: [Rounds; LOADS.len()] = Default::default();
        for _ in 0..plan.rounds {
            let n = plan.writes;
            one.push(n as f64 / bare.insert(&rows.take(n), 1));
            hundred.push(n as f64 * 10.0 / bare.insert(&rows.take(n * 10), 100));
            our_one.push(n as f64 / ours.insert(&rows.take(n), 1));
            our_hundred.push(n as f64 * 10.0 / ours.insert(&rows.take(n * 10), 100));
            for ((connections, times, ..), load) in LOADS.iter().zip(&mut loads) {
                load.round(&server, *connections, &rows.take(n * times));
            }
        }
        table.add(format!("{name}: bare SQLite, one a commit"), "rows/s", &one, "");
        table.add(format!("{name}: bare SQLite, 100 a commit"), "rows/s", &hundred, "");
        table.add(format!("{name}: bare SQLite, our tables, one a commit"), "rows/s", &our_one, "");
        let hundred_name = format!("{name}: bare SQLite, our tables, 100 a commit");
        table.add(hundred_name, "rows/s", &our_hundred, "");
        for (beside, bare, mark) in [("", &one, "≥ 60"), (", our tables", &our_one, "")] {
            let share = loads[0].rate.iter().zip(bare).map(|(rate, bare)| rate / bare * 100.0);
            let figure = format!("{name}: 1 connection against bare SQLite{beside}");
            table.add(figure, "%", &share.collect::<Vec<_>>(), mark);
        }
        for ((connections, _, rate, p99), load) in LOADS.iter().zip(&loads) {
            let name = format!("{name}: {connections} connections");
            table.add(&name, "feedback/s", &load.rate, rate);
            table.add(format!("{name}, p50"), "ms", &load.p50, "");
            table.add(format!("{name}, p99"), "ms", &load.p99, p99);
            table.add(format!("{name}, processor time"), "µs/feedback", &load.cpu, "");
        }
    }
}

impl Rounds {
    fn round(&mut self, server: &Server, connections: usize, rows: &[serde_json::Value]) {
        let request =
            |row: &serde_json::Value| post("/api/feedback", &server.key, &row.to_string());
        let requests: Vec<Vec<u8>> = rows.iter().map(request).collect();
        let cpu = server.cpu_seconds();
        let (seconds, times) = closed_loop(server.address, connections, &requests);
        self.rate.push(rows.len() as f64 / seconds);
        self.p50.push(quantile(&times, 0.5));
        self.p99.push(quantile(&times, 0.99));
        self.cpu.push((server.cpu_seconds() - cpu) / rows.len() as f64 * 1e6);
    }
}

/// Rows that were not used before.
struct Source {
    next: usize,
    with_text: bool,
}

impl Source {
    fn take(&mut self, n: usize) -> Vec<serde_json::Value> {
        let from = self.next;
        self.next += n;
        let row = |n| if self.with_text { corpus::row(n, n, None) } else { corpus::bare_row(n) };
        (from..self.next).map(row).collect()
    }
}
