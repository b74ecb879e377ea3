//! A small HTTP/1.1 client over one TCP connection, with nothing between the test and the wire.
//!
//! It keeps the connection open as a browser does, and never repeats a request by itself.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::PATIENCE;

/// Servers close connections that rest for too long; a client that knows does not race them.
const IDLE_MAX: Duration = Duration::from_secs(2);

/// One connection to a server, opened again when it was closed between two requests.
#[derive(Debug)]
pub(crate) struct Client {
    address: SocketAddr,
    key: Option<String>,
    stream: Option<(BufReader<TcpStream>, Instant)>,
}

/// One request; `Client` adds host, length and key.
#[derive(Debug, Clone)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) target: &'a str,
    pub(crate) headers: Vec<(&'a str, &'a str)>,
    pub(crate) body: &'a [u8],
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Client {
    /// A client without a key.
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, key: None, stream: None }
    }

    /// The same with a bearer key.
    pub(crate) fn with_key(address: SocketAddr, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..Self::new(address) }
    }

    /// `GET`; the connection must hold.
    #[track_caller]
    pub(crate) fn get(&mut self, target: &str) -> Reply {
        self.send(&Request::get(target))
    }

    /// `POST` of JSON; the connection must hold.
    #[track_caller]
    pub(crate) fn post(&mut self, target: &str, body: &Value) -> Reply {
        let body = body.to_string();
        self.send(&Request::json(target, body.as_bytes()))
    }

    /// Sends; the connection must hold.
    #[track_caller]
    pub(crate) fn send(&mut self, request: &Request<'_>) -> Reply {
        match self.try_send(request) {
            Ok(reply) => reply,
            Err(error) => panic!("{} {}: {error}", request.method, request.target),
        }
    }

    /// Sends. After an error nobody knows whether the request was carried out.
    ///
    /// # Errors
    /// When the connection cannot be made or breaks before the whole reply is there.
    pub(crate) fn try_send(&mut self, request: &Request<'_>) -> io::Result<Reply> {
        let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
        let has = |name: &str| request.headers.iter().any(|(it, _)| it.eq_ignore_ascii_case(name));
        if !has("host") {
            head.push_str(&format!("host: {}\r\n", self.address));
        }
        if let Some(key) = self.key.as_ref().filter(|_| !has("authorization")) {
            head.push_str(&format!("authorization: Bearer {key}\r\n"));
        }
        if !has("content-length") && !has("transfer-encoding") && request.method != "GET" {
            head.push_str(&format!("content-length: {}\r\n", request.body.len()));
        }
        for (name, value) in &request.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(request.body);
        self.exchange(&bytes, request.method == "HEAD")
    }

    fn exchange(&mut self, bytes: &[u8], headless: bool) -> io::Result<Reply> {
        let mut stream = match self.stream.take() {
            Some((stream, used)) if used.elapsed() < IDLE_MAX => stream,
            _ => connect(self.address)?,
        };
        // A server that refuses early closes while we still write; its reply counts.
        let written = stream.get_mut().write_all(bytes).and_then(|()| stream.get_mut().flush());
        let reply = match (read_reply(&mut stream, headless), written) {
            (Ok(reply), _) => reply,
            (Err(_), Err(error)) | (Err(error), Ok(())) => return Err(error),
        };
        let closes = reply.header("connection").is_some_and(|it| it.eq_ignore_ascii_case("close"));
        if !closes {
            self.stream = Some((stream, Instant::now()));
        }
        Ok(reply)
    }
}

impl<'a> Request<'a> {
    /// A `GET` without anything.
    pub(crate) fn get(target: &'a str) -> Self {
        Self { method: "GET", target, headers: Vec::new(), body: b"" }
    }

    /// A `POST` of JSON.
    pub(crate) fn json(target: &'a str, body: &'a [u8]) -> Self {
        let headers = vec![("content-type", "application/json")];
        Self { method: "POST", target, headers, body }
    }

    /// The same with one more header.
    pub(crate) fn header(mut self, name: &'a str, value: &'a str) -> Self {
        self.headers.retain(|(it, _)| !it.eq_ignore_ascii_case(name));
        self.headers.push((name, value));
        self
    }
}

impl Reply {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is UTF-8")
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{error} in {}", String::from_utf8_lossy(&self.body)),
        }
    }

    /// The reply itself, if the status is the expected one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }
}

fn connect(address: SocketAddr) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(BufReader::new(stream))
}

fn read_reply(stream: &mut BufReader<TcpStream>, headless: bool) -> io::Result<Reply> {
    loop {
        let status_line = line(stream)?;
        // From here on it is a reply, and a reply has an end.
        let reply = rest_of_reply(stream, &status_line, headless);
        let reply = reply.map_err(|error| broken(&error.to_string()))?;
        if reply.status != 100 {
            return Ok(reply);
        }
    }
}

fn rest_of_reply(
    stream: &mut BufReader<TcpStream>,
    status_line: &str,
    headless: bool,
) -> io::Result<Reply> {
    let status = status_line.split(' ').nth(1).and_then(|it| it.parse().ok());
    let status: u16 = status.ok_or_else(|| broken(&format!("status line {status_line:?}")))?;
    let mut headers = Vec::new();
    loop {
        let text = line(stream)?;
        if text.is_empty() {
            break;
        }
        let (name, value) = text.split_once(':').ok_or_else(|| broken("header"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut reply = Reply { status, headers, body: Vec::new() };
    if !headless && !matches!(status, 100 | 204 | 304) {
        reply.body = read_body(stream, &reply)?;
    }
    Ok(reply)
}

fn read_body(stream: &mut BufReader<TcpStream>, reply: &Reply) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if reply.header("transfer-encoding") == Some("chunked") {
        loop {
            let size = line(stream)?;
            let size = usize::from_str_radix(&size, 16).map_err(|_| broken("chunk size"))?;
            let start = body.len();
            body.resize(start + size, 0);
            stream.read_exact(&mut body[start..])?;
            if !line(stream)?.is_empty() {
                return Err(broken("end of chunk"));
            }
            if size == 0 {
                return Ok(body);
            }
        }
    }
    match reply.header("content-length") {
        Some(length) => {
            let length = length.parse().map_err(|_| broken("content-length"))?;
            body.resize(length, 0);
            stream.read_exact(&mut body)?;
        }
        None => {
            stream.read_to_end(&mut body)?;
        }
    }
    Ok(body)
}

/// One line without its end. A connection that ends inside a reply is an error.
fn line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut bytes = Vec::new();
    stream.read_until(b'\n', &mut bytes)?;
    if bytes.is_empty() {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "closed before the reply"));
    }
    if bytes.pop() != Some(b'\n') {
        return Err(broken("line"));
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    String::from_utf8(bytes).map_err(|_| broken("encoding"))
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the reply is broken: {what}"))
}
