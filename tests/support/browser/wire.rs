//! The wire to Chromium: its process, commands and their replies, and events by session.
//!
//! Chromium reads commands from a pipe and writes replies and events to another one, as JSON with
//! a zero byte after each message (`--remote-debugging-pipe`, the Chrome DevTools Protocol).

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

use super::record::Record;

/// A browser that takes longer for one command hangs.
const REPLY_MAX: Duration = Duration::from_secs(30);

/// Runs Chromium with the pipes where it expects them, and removes its profile when it has ended.
/// Chromium ends when this process does and the pipe closes; a signal to all would come too early.
const KEEPER: &str = r#"
trap '' HUP INT TERM
exec 3<&0 4>&1 </dev/null >/dev/null
profile=$(mktemp -d "${TMPDIR:-/tmp}/tw-browser.XXXXXX") || exit
HOME=$profile "$0" --user-data-dir="$profile" "$@"
status=$?
rm -rf "$profile" || { sleep 1; rm -rf "$profile"; }
exit $status
"#;

/// Nothing that shows, remembers, asks the network by itself, or slows down what is not in front.
const ARGUMENTS: [&str; 21] = [
    "--remote-debugging-pipe",
    "--headless=new",
    "--no-startup-window",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-features=MediaRouter,OptimizationHints,Translate",
    "--disable-gpu",
    "--disable-renderer-backgrounding",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--lang=en-US",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
    "--password-store=basic",
];

/// A running Chromium.
pub(super) struct Wire {
    /// Written by a thread of its own, so that nobody hangs with a browser that does not read.
    commands: Sender<Vec<u8>>,
    last_id: AtomicU64,
    routes: Mutex<Routes>,
}

/// Who waits for what.
#[derive(Default)]
struct Routes {
    replies: HashMap<u64, Sender<Reply>>,
    records: HashMap<String, Arc<Record>>,
    /// Why no reply comes any more.
    end: Option<String>,
}

/// What a command returns, or why it was refused.
type Reply = Result<Value, String>;

/// A command on its way.
#[must_use]
pub(super) struct Pending<'a> {
    wire: &'a Wire,
    method: String,
    reply: Receiver<Reply>,
}

impl Wire {
    /// Starts Chromium with a fresh profile.
    ///
    /// # Errors
    /// When it cannot be started. That it ends at once shows with the first command.
    pub(super) fn start(chromium: &Path) -> io::Result<Arc<Self>> {
        let mut command = Command::new("sh");
        command.arg("-c").arg(KEEPER).arg(chromium).args(ARGUMENTS).env("TZ", "UTC");
        if rustix::process::geteuid().is_root() {
            command.arg("--no-sandbox");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let (commands, messages) = (child.stdin.take(), child.stdout.take());
        let talk = talk_of(child.stderr.take().expect("it is piped"));
        let wire = Arc::new(Self {
            commands: writer(commands.expect("it is piped")),
            last_id: AtomicU64::new(0),
            routes: Mutex::default(),
        });
        let reader = Arc::clone(&wire);
        let messages = messages.expect("it is piped");
        std::thread::spawn(move || reader.read(messages, child, talk));
        Ok(wire)
    }

    /// Sends a command, to a page or to the browser itself. It is on its way when this returns.
    #[track_caller]
    pub(super) fn send(&self, session: Option<&str>, method: &str, params: &Value) -> Pending<'_> {
        let (sender, reply) = channel();
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        {
            let mut routes = self.routes.lock().expect("no panic holds this lock");
            // After the end, nobody would ever drop this sender.
            if routes.end.is_none() {
                routes.replies.insert(id, sender);
            }
        }
        self.write(id, session, method, params);
        Pending { wire: self, method: method.to_owned(), reply }
    }

    /// Sends a command whose fate does not matter: for `Drop`, and from the reading thread.
    pub(super) fn post(&self, session: Option<&str>, method: &str, params: &Value) {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        self.write(id, session, method, params);
    }

    /// Has the events of a session recorded.
    pub(super) fn listen(&self, session: &str, record: Arc<Record>) {
        let mut routes = self.routes.lock().expect("no panic holds this lock");
        routes.records.insert(session.to_owned(), record);
    }

    /// Forgets a session.
    pub(super) fn forget(&self, session: &str) {
        self.routes.lock().expect("no panic holds this lock").records.remove(session);
    }

    /// Why no reply comes any more.
    fn end(&self) -> String {
        let routes = self.routes.lock().expect("no panic holds this lock");
        routes.end.clone().unwrap_or_default()
    }

    fn write(&self, id: u64, to: Option<&str>, method: &str, params: &Value) {
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = to {
            message["sessionId"] = session.into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        // If it cannot be written, then the browser has ended, which whoever waits learns.
        let _ = self.commands.send(bytes);
    }

    fn read(&self, messages: ChildStdout, mut child: Child, talk: JoinHandle<String>) {
        let mut messages = BufReader::new(messages);
        let mut bytes = Vec::new();
        while messages.read_until(0, &mut bytes).is_ok_and(|n| n > 0) {
            bytes.pop();
            let message = serde_json::from_slice(&bytes);
            self.dispatch(message.or_else(|_| serde_json::from_slice(&paired(&bytes))));
            bytes.clear();
        }
        let talk = talk.join().unwrap_or_default();
        let status = child.wait().map_or_else(|it| it.to_string(), |it| it.to_string());
        let mut routes = self.routes.lock().expect("no panic holds this lock");
        routes.end = Some(format!("Chromium ended with {status}; it said:\n{talk}"));
        routes.replies.clear();
    }

    fn dispatch(&self, message: serde_json::Result<Value>) {
        let mut message = message.expect("Chromium speaks JSON");
        let mut routes = self.routes.lock().expect("no panic holds this lock");
        if let Some(id) = message["id"].as_u64() {
            let refused = message["error"]["message"].as_str().map(str::to_owned);
            let reply = refused.map_or_else(|| Ok(message["result"].take()), Err);
            if let Some(sender) = routes.replies.remove(&id) {
                // Whoever asked may have given up.
                let _ = sender.send(reply);
            }
            return;
        }
        let session = message["sessionId"].as_str().unwrap_or_default();
        let Some(record) = routes.records.get(session).map(Arc::clone) else { return };
        drop(routes);
        let method = message["method"].as_str().unwrap_or_default();
        if method == "Page.javascriptDialogOpening" {
            // An open dialog would stop the page for ever.
            self.post(Some(session), "Page.handleJavaScriptDialog", &json!({"accept": true}));
        }
        record.take(method, &message["params"]);
    }
}

impl Pending<'_> {
    /// Waits for what the command returns, or for why it was refused.
    ///
    /// # Panics
    /// When the browser has ended, or does not answer.
    #[track_caller]
    pub(super) fn outcome(self) -> Reply {
        match self.reply.recv_timeout(REPLY_MAX) {
            Ok(reply) => reply,
            Err(RecvTimeoutError::Timeout) => {
                panic!("Chromium did not answer {} within {REPLY_MAX:?}", self.method)
            }
            Err(RecvTimeoutError::Disconnected) => panic!("{}: {}", self.method, self.wire.end()),
        }
    }

    /// The same for a command that has no reason to be refused.
    #[track_caller]
    pub(super) fn wait(self) -> Value {
        let method = self.method.clone();
        self.outcome().unwrap_or_else(|refused| panic!("{method}: {refused}"))
    }
}

/// JSON in which halves of surrogate pairs, which a page may well hold, are replaced.
fn paired(json: &[u8]) -> Vec<u8> {
    let unit = |at: usize| {
        let digits = json.get(at..at + 6)?.strip_prefix(br"\u")?;
        u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
    };
    let (mut out, mut at) = (Vec::with_capacity(json.len()), 0);
    while at < json.len() {
        let (length, broken) = match (unit(at), unit(at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (12, false),
            (Some(0xD800..=0xDFFF), _) => (6, true),
            (Some(_), _) => (6, false),
            (None, _) => (if json[at] == b'\\' { 2 } else { 1 }, false),
        };
        let end = json.len().min(at + length);
        out.extend_from_slice(if broken { br"\ufffd" } else { &json[at..end] });
        at = end;
    }
    out
}

fn writer(mut pipe: ChildStdin) -> Sender<Vec<u8>> {
    let (sender, commands) = channel::<Vec<u8>>();
    std::thread::spawn(
        move || {
            while commands.recv().is_ok_and(|bytes| pipe.write_all(&bytes).is_ok()) {}
        },
    );
    sender
}

/// Reads what Chromium says on standard error, and keeps the end of it.
fn talk_of(mut stderr: impl Read + Send + 'static) -> JoinHandle<String> {
    const KEPT: usize = 8_000;
    std::thread::spawn(move || {
        let (mut kept, mut chunk) = (Vec::new(), [0; 4_000]);
        while let Ok(n @ 1..) = stderr.read(&mut chunk) {
            kept.extend_from_slice(&chunk[..n]);
            kept.drain(..kept.len().saturating_sub(KEPT));
        }
        String::from_utf8_lossy(&kept).into_owned()
    })
}

#[test]
fn half_a_surrogate_pair_is_replaced_and_nothing_else() {
    let text = r#""\ud83d \ud83d\ude00 \\ud83d \u00e4 \ude00ä\ud83d""#;
    let kept = r#""\ufffd \ud83d\ude00 \\ud83d \u00e4 \ufffdä\ufffd""#;
    assert_eq!(String::from_utf8(paired(text.as_bytes())).as_deref(), Ok(kept));
}
