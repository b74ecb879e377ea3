//! The server under test: its binary, its start, its memory.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Plan;
use crate::client::{self, Client};
use crate::folder::Folder;
use crate::table::Table;

/// The background check at start is bounded by five seconds.
const SETTLED: Duration = Duration::from_secs(6);

/// The binary under test.
pub(crate) fn binary() -> PathBuf {
    let built = || PathBuf::from(env!("CARGO_BIN_EXE_thumbwheel"));
    std::env::var_os("THUMBWHEEL_BIN").map_or_else(built, PathBuf::from)
}

/// How large the binary is.
pub(crate) fn measure_binary(table: &mut Table) {
    let bytes = fs::metadata(binary()).expect("the binary under test is there").len();
    table.add("binary", "MB", &[bytes as f64 / 1e6], "");
}

/// A running server.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) key: String,
}

impl Server {
    /// Starts one, and returns it with the seconds until it answered 200 for the first time.
    pub(crate) fn start(folder: &Path, key: &str) -> (Self, f64) {
        let start = Instant::now();
        let mut command = Command::new(binary());
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary under test can be started");
        let mut log = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert!(log.read_line(&mut line).expect("text") > 0, "the server ended");
            if let Some((_, address)) = line.trim().split_once("listening on http://") {
                break address.parse().expect("an address");
            }
        };
        loop {
            let asked =
                Client::connect(address).and_then(|mut it| it.ask(&client::get("/health", key)));
            if matches!(asked, Ok((200, _))) {
                break;
            }
        }
        let seconds = start.elapsed().as_secs_f64();
        // Whoever closes the pipe of a log breaks the writer.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        (Self { child, address, key: key.to_owned() }, seconds)
    }

    /// Seconds of processor time that it has used.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        cpu_seconds(&format!("/proc/{}/stat", self.child.id()), 13)
    }

    /// Its resident memory in MiB, and that of the warehouse child, if it has one.
    pub(crate) fn memory_mib(&self) -> (f64, Option<f64>) {
        let id = self.child.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
        // The child may have been started by any thread.
        let tasks = fs::read_dir(format!("/proc/{id}/task")).expect("it runs");
        let of_task = |task: fs::DirEntry| fs::read_to_string(task.path().join("children")).ok();
        let all = tasks.filter_map(|task| of_task(task.ok()?)).collect::<String>();
        let child = all.split(' ').find_map(|id| id.trim().parse().ok()).map(resident_mib);
        drop(children);
        (resident_mib(id), child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let id = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        let id = id.expect("a process id");
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        let _ = self.child.wait();
    }
}

/// Processor time of all children that have ended, in seconds.
pub(crate) fn ended_children_cpu_seconds() -> f64 {
    cpu_seconds("/proc/self/stat", 15)
}

/// Two neighbouring fields of a `stat` file, counted from 0, in ticks of 10 ms.
fn cpu_seconds(path: &str, first: usize) -> f64 {
    let stat = fs::read_to_string(path).expect("it runs");
    let after_name = stat.rsplit_once(')').expect("a name in brackets").1;
    let fields = after_name.split_whitespace().skip(first - 2).take(2);
    fields.map(|it| it.parse::<f64>().expect("a number")).sum::<f64>() / 100.0
}

fn resident_mib(id: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1024.0
}

/// Start to first 200 on a full folder, and the memory of a server that nobody asks anything.
pub(crate) fn measure_starts(folder: &Folder, plan: Plan, table: &mut Table) {
    let start = |cold: bool| {
        if cold {
            folder.leave_the_page_cache();
        }
        Server::start(folder.path(), &folder.key).1 * 1e3
    };
    let cold: Vec<f64> = (0..plan.asks).map(|_| start(true)).collect();
    let warm: Vec<f64> = (0..plan.asks).map(|_| start(false)).collect();
    table.add("start to first 200, data not in memory", "ms", &cold, "≤ 60");
    table.add("start to first 200, again", "ms", &warm, "≤ 60");
    let idle: Vec<f64> = (0..3)
        .map(|_| {
            let (server, _) = Server::start(folder.path(), &folder.key);
            std::thread::sleep(SETTLED);
            server.memory_mib().0
        })
        .collect();
    table.add("idle memory of the server", "MiB", &idle, "≤ 40");
}
