//! A TCP listener with one thread for each connection, and one request on each.

use std::io::{self, BufRead, BufReader, Read};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crate::support::PATIENCE;

/// A request as it came over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) target: String,
    /// As they came, but with names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Call {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }
}

/// Answers requests until it is dropped. Then no thread and no connection of it is left.
pub(super) struct Listener {
    address: SocketAddr,
    open: Arc<Mutex<Open>>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Open {
    closing: bool,
    connections: Vec<(TcpStream, JoinHandle<()>)>,
}

impl Listener {
    /// Listens on a free port. What answers writes into the stream, or drops it.
    pub(super) fn start(answer: impl Fn(&Call, &mut TcpStream) + Clone + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let open = Arc::<Mutex<Open>>::default();
        let shared = Arc::clone(&open);
        let acceptor = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut open = shared.lock().expect("no panic holds this lock");
                if open.closing {
                    break;
                }
                let Ok(twin) = stream.try_clone() else { continue };
                let answer = answer.clone();
                let thread = std::thread::spawn(move || serve(stream, &answer));
                open.connections.retain(|(_, thread)| !thread.is_finished());
                open.connections.push((twin, thread));
            }
        });
        Self { address, open, acceptor: Some(acceptor) }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.open.lock().expect("no panic holds this lock").closing = true;
        // Wakes the acceptor. If it cannot be reached it has ended.
        let _ = TcpStream::connect_timeout(&self.address, PATIENCE);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
        let mut open = self.open.lock().expect("no panic holds this lock");
        for (stream, thread) in open.connections.drain(..) {
            // A browser opens connections ahead of need, and then says nothing.
            let _ = stream.shutdown(Shutdown::Both);
            let _ = thread.join();
        }
    }
}

/// The bytes of an answer after which the connection ends.
pub(super) fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} \r\nconnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn serve(mut stream: TcpStream, answer: &impl Fn(&Call, &mut TcpStream)) {
    if let Ok(call) = read_call(&stream) {
        answer(&call, &mut stream);
    }
    // The listener holds a twin of the stream, which would keep the connection open.
    let _ = stream.shutdown(Shutdown::Both);
}

fn read_call(stream: &TcpStream) -> io::Result<Call> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let (first, headers) = lines.split_first().ok_or(io::ErrorKind::InvalidData)?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let pair = |line: &String| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    };
    let headers = headers.iter().filter_map(pair).collect();
    let mut call = Call { method, target, headers, body: Vec::new() };
    // Browsers always say how long a body is.
    let length = call.header("content-length").and_then(|it| it.parse().ok());
    call.body.resize(length.unwrap_or(0), 0);
    reader.read_exact(&mut call.body)?;
    Ok(call)
}
