//! A data folder full of rows: how fast they go in and out, and how much room they take.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Instant, SystemTime};

use crate::client::{self, Client};
use crate::server::{Server, binary, ended_children_cpu_seconds};
use crate::table::Table;
use crate::{Plan, corpus};

/// A data folder with its key, and the place where both and the files of the run lie.
pub(crate) struct Folder {
    place: tempfile::TempDir,
    data: PathBuf,
    /// A key that may do anything.
    pub(crate) key: String,
}

impl Folder {
    /// An empty one.
    pub(crate) fn empty() -> Self {
        let place = tempfile::Builder::new().prefix("tw-bench-").tempdir();
        let place = place.expect("the temporary directory can be written");
        let mut folder = Self { data: place.path().join("data"), place, key: String::new() };
        let scopes = "ingest,read,export,sql,admin,erase";
        folder.key = folder.print(&["key", "create", "--scope", scopes]);
        assert!(folder.key.starts_with("tw_sk_"), "no key was made");
        folder
    }

    /// One into which all rows were imported; each round into a new one, the last is kept.
    pub(crate) fn imported(plan: Plan, table: &mut Table) -> Self {
        let files = Self::empty();
        let file = files.place.path().join("rows.jsonl");
        crate::talk("writing the rows to be imported");
        write_rows(&file, plan.rows);
        let (mut rates, mut costs, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
        let mut last = None;
        for _ in 0..plan.rounds.min(3) {
            let folder = Self::empty();
            let rows = plan.rows as f64;
            let (seconds, cpu) = timed(folder.command(&["import"]).arg(&file));
            rates.push(rows / seconds);
            costs.push(cpu / rows * 1e6);
            bytes.push(folder.database_bytes() as f64 / rows);
            last = Some(folder);
        }
        table.add("import, JSONL", "rows/s", &rates, "≥ 80,000");
        table.add("import: processor time", "µs/row", &costs, "");
        let folder = last.expect("there was a round");
        let again = timed(folder.command(&["import"]).arg(&file)).0;
        table.add("import of the same file again", "rows/s", &[plan.rows as f64 / again], "");
        table.add("size in SQLite", "bytes/feedback", &bytes, "≤ 900");
        folder
    }

    /// The data folder.
    pub(crate) fn path(&self) -> &Path {
        &self.data
    }

    /// What a command prints.
    pub(crate) fn print(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().expect("runs");
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.arg("--data").arg(&self.data).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }

    fn database_bytes(&self) -> u64 {
        let files = ["thumbwheel.db", "thumbwheel.db-wal"].map(|name| self.data.join(name));
        files.iter().map(|file| fs::metadata(file).map_or(0, |it| it.len())).sum()
    }

    /// Has the system forget what it holds of the database and of the binary, as far as nobody
    /// else uses them.
    pub(crate) fn leave_the_page_cache(&self) {
        let files = fs::read_dir(&self.data).expect("it is there");
        let files = files.map(|entry| entry.expect("readable").path());
        for path in files.filter(|path| path.is_file()).chain([binary()]) {
            let file = File::open(path).expect("readable");
            let _ = file.sync_all();
            let advice = rustix::fs::Advice::DontNeed;
            rustix::fs::fadvise(&file, 0, None, advice).expect("the advice is understood");
        }
    }

    /// How fast all rows leave, over HTTP and into a file.
    pub(crate) fn measure_exports(&self, plan: Plan, table: &mut Table) {
        let rows = plan.rows as f64;
        {
            let (server, _) = Server::start(&self.data, &self.key);
            let request = client::get("/api/export?format=jsonl", &self.key);
            let mut client = Client::connect(server.address).expect("it listens");
            let (mut rates, mut costs) = (Vec::new(), Vec::new());
            for _ in 0..plan.rounds {
                let (start, cpu) = (Instant::now(), server.cpu_seconds());
                let lines = client.count_lines(&request).expect("the stream has an end");
                rates.push(rows / start.elapsed().as_secs_f64());
                costs.push((server.cpu_seconds() - cpu) / rows * 1e6);
                assert_eq!(lines, plan.rows, "every row is a line");
            }
            table.add("export, JSONL over HTTP", "rows/s", &rates, "≥ 400,000");
            table.add("export, JSONL over HTTP: processor time", "µs/row", &costs, "");
        }
        let out = self.place.path().join("rows.out");
        for format in ["jsonl", "chat", "csv", "parquet"] {
            let export = ["export", "--format", format, "--out"];
            let round = |_| rows / timed(self.command(&export).arg(&out)).0;
            let rates: Vec<f64> = (0..plan.rounds).map(round).collect();
            let mark = if format == "jsonl" { "≥ 400,000" } else { "" };
            table.add(format!("export, {format} by the command line"), "rows/s", &rates, mark);
        }
        fs::remove_file(out).expect("it was written");
    }
}

/// Runs a command to its end: its seconds, and its seconds of processor time.
fn timed(command: &mut Command) -> (f64, f64) {
    let (start, cpu) = (Instant::now(), ended_children_cpu_seconds());
    let status = command.status().expect("the binary under test can be started");
    assert!(status.success(), "{command:?}: {status}");
    (start.elapsed().as_secs_f64(), ended_children_cpu_seconds() - cpu)
}

fn write_rows(path: &Path, rows: usize) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    let end_us = i64::try_from(now.as_micros()).ok();
    let mut file = BufWriter::new(File::create(path).expect("a file can be made"));
    for n in 0..rows {
        writeln!(file, "{}", corpus::row(n, rows, end_us)).expect("there is room");
    }
    file.flush().expect("there is room");
}
