//! A proxy in front of a server: it passes requests on, delays them, fails them, or hangs up.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::listener::{Call, Listener, answer};
use super::origin;
use crate::support::PATIENCE;

/// What happens to a request. Preflights pass in all modes but the last, so that a page reads the
/// failure of its own request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It reaches the server.
    Pass,
    /// It is answered with this status and does not reach the server.
    Fail(u16),
    /// It reaches the server so much later, or as soon as the mode changes.
    Delay(Duration),
    /// The connection ends without an answer.
    Drop,
}

/// A port that stands for a server's. Dropping it closes the port.
pub(crate) struct Proxy {
    // First, because its threads end only when they are released.
    release: Release,
    listener: Listener,
    way: Arc<Way>,
}

/// Releases what is delayed.
struct Release(Arc<Way>);

struct Way {
    server: SocketAddr,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    mode: Mode,
    seen: Vec<Call>,
}

impl Proxy {
    /// A proxy that passes everything on.
    pub(crate) fn new(server: SocketAddr) -> Self {
        let state = Mutex::new(State { mode: Mode::Pass, seen: Vec::new() });
        let way = Arc::new(Way { server, state, changed: Condvar::new() });
        let taken = Arc::clone(&way);
        // A browser that is gone, or a server that is, ends the connection; the page sees that.
        let listener = Listener::start(move |call, stream| drop(taken.take(call, stream)));
        Self { release: Release(Arc::clone(&way)), listener, way }
    }

    /// What happens from now on, to requests that are being delayed, too.
    pub(crate) fn mode(&self, mode: Mode) {
        self.release.0.change(mode);
    }

    /// The origin that stands for that of the server.
    pub(crate) fn origin(&self) -> String {
        origin(self.listener.address())
    }

    /// The requests that came, preflights included, whatever became of them.
    pub(crate) fn seen(&self) -> Vec<Call> {
        self.way.state.lock().expect("no panic holds this lock").seen.clone()
    }
}

impl Drop for Release {
    fn drop(&mut self) {
        self.0.change(Mode::Drop);
    }
}

impl Way {
    fn change(&self, mode: Mode) {
        self.state.lock().expect("no panic holds this lock").mode = mode;
        self.changed.notify_all();
    }

    fn take(&self, call: &Call, stream: &mut TcpStream) -> io::Result<()> {
        match self.note(call) {
            Mode::Drop => Ok(()),
            Mode::Fail(status) if call.method != "OPTIONS" => {
                let readable = [("access-control-allow-origin", "*")];
                stream.write_all(&answer(status, &readable, b""))
            }
            _ => self.pass(call, stream),
        }
    }

    /// Writes down a request and tells what becomes of it, when it is time.
    fn note(&self, call: &Call) -> Mode {
        let mut state = self.state.lock().expect("no panic holds this lock");
        state.seen.push(call.clone());
        let mode = state.mode;
        match mode {
            Mode::Delay(time) if call.method != "OPTIONS" => {
                let same = |state: &mut State| state.mode == mode;
                let waited = self.changed.wait_timeout_while(state, time, same);
                waited.expect("no panic holds this lock").0.mode
            }
            mode => mode,
        }
    }

    fn pass(&self, call: &Call, stream: &mut TcpStream) -> io::Result<()> {
        let mut server = TcpStream::connect_timeout(&self.server, PATIENCE)?;
        server.set_read_timeout(Some(PATIENCE))?;
        server.set_write_timeout(Some(PATIENCE))?;
        let mut head = format!("{} {} HTTP/1.1\r\nconnection: close\r\n", call.method, call.target);
        for (name, value) in call.headers.iter().filter(|(name, _)| name != "connection") {
            head += &format!("{name}: {value}\r\n");
        }
        server.write_all(&[head.as_bytes(), b"\r\n", &call.body].concat())?;
        let mut chunk = [0; 16_384];
        loop {
            match server.read(&mut chunk)? {
                0 => return Ok(()),
                n => stream.write_all(&chunk[..n])?,
            }
        }
    }
}
