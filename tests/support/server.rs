//! A server under test: started on a free port, stopped in any way, and never left behind.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::command::{command, wait};
use super::http::{Client, Request};
use super::{PATIENCE, process, until};

/// A port that nobody listens on right now, for what has to name one beforehand.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}

/// How to start a server, apart from folder and port.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// More arguments of `serve`.
    pub(crate) arguments: Vec<String>,
    /// More environment.
    pub(crate) environment: Vec<(String, String)>,
}

/// A running `thumbwheel serve`. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    folder: PathBuf,
    address: SocketAddr,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server and waits until it is healthy.
    #[track_caller]
    pub(crate) fn start(folder: &Path) -> Self {
        Self::start_with(folder, &Options::default())
    }

    /// The same with more arguments or environment.
    #[track_caller]
    pub(crate) fn start_with(folder: &Path, options: &Options) -> Self {
        let mut command = command();
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder)
            .args(&options.arguments)
            .envs(options.environment.iter().map(|(name, value)| (name, value)));
        Self::launch(command, folder)
    }

    /// Starts `thumbwheel demo`, whose data folder is made inside `place`.
    #[track_caller]
    pub(crate) fn demo(place: &Path, arguments: &[&str]) -> Self {
        let mut command = command();
        command.args(["demo", "--listen", "127.0.0.1:0"]).args(arguments).env("TMPDIR", place);
        Self::launch(command, place)
    }

    #[track_caller]
    fn launch(mut command: Command, folder: &Path) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary under test can be started");
        let stderr = child.stderr.take().expect("it is piped");
        let log = Arc::new(Mutex::new(String::new()));
        let reader = {
            let log = Arc::clone(&log);
            std::thread::spawn(move || copy_log(stderr, &log))
        };
        // Made before it is healthy, so that a failure here kills the process, too.
        let unknown = SocketAddr::from(([127, 0, 0, 1], 0));
        let folder = folder.to_owned();
        let mut server = Self { child, folder, address: unknown, log, reader: Some(reader) };
        server.address = server.announced_address();
        until("the server is healthy", PATIENCE, || {
            let reply = server.client().try_send(&Request::get("/health")).ok()?;
            (reply.status == 200).then_some(())
        });
        server
    }

    #[track_caller]
    fn announced_address(&mut self) -> SocketAddr {
        until("the server says where it listens", PATIENCE, || {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                self.end();
                panic!("the server ended with {status}: {}", self.log());
            }
            let log = self.log.lock().expect("no panic holds this lock");
            let after = log.split("http://127.0.0.1:").nth(1)?;
            let port = after.split(|c: char| !c.is_ascii_digit()).next()?;
            // The line may still be on its way; then the port ends where the text ends.
            let ends = after.len() > port.len();
            let port = port.parse().ok().filter(|_| ends)?;
            Some(SocketAddr::from(([127, 0, 0, 1], port)))
        })
    }

    /// A client without a key.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// A client with a key.
    pub(crate) fn client_with(&self, key: &str) -> Client {
        Client::with_key(self.address, key)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its data folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has written to standard error so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().expect("no panic holds this lock").clone()
    }

    /// The processes that hold the mirror for it: one or none.
    pub(crate) fn warehouses(&self) -> Vec<u32> {
        process::children(self.id(), "__warehouse")
    }

    /// Whether it still runs.
    pub(crate) fn lives(&mut self) -> bool {
        self.child.try_wait().expect("it is our child").is_none()
    }

    /// Ends it as a power button would, as far as the process is concerned.
    pub(crate) fn kill9(mut self) {
        self.end();
    }

    /// Asks it to end; returns its exit code and everything that it logged.
    #[track_caller]
    pub(crate) fn terminate(mut self) -> (Option<i32>, String) {
        process::terminate(self.id());
        let code = wait(&mut self.child, "the server ends when asked to");
        self.end();
        (code, self.log())
    }

    fn end(&mut self) {
        // Already gone is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            // The pipe closes when the last process that holds it ends.
            let _ = reader.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
        if std::thread::panicking() {
            let log = self.log();
            let from = log.char_indices().rev().nth(4_000).map_or(0, |(at, _)| at);
            std::io::Write::write_all(&mut std::io::stderr(), &log.as_bytes()[from..])
                .expect("standard error can be written");
        }
    }
}

fn copy_log(stderr: ChildStderr, log: &Mutex<String>) {
    let mut lines = BufReader::new(stderr);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
        let text = String::from_utf8_lossy(&line);
        log.lock().expect("no panic holds this lock").push_str(&text);
        line.clear();
    }
}
