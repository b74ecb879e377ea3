//! Bytes on the wire that are no HTTP, or two requests in one.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::Bench;
use crate::support::{store, until};

/// How long a reply may take; a server that waits for more bytes takes for ever.
const WAITS_FOR: Duration = Duration::from_secs(1);

/// How long a request's head may take (10 s), and time to notice on a busy machine.
const LETS_GO_AFTER: Duration = Duration::from_secs(10 + 10);

const VOTE: &str = r#"{"message_id":"m1","feedback":"up"}"#;

/// Head lines of a good vote, to which each case adds its poison.
fn vote(bench: &Bench, head: &str, body: &str) -> Vec<u8> {
    let key = &bench.secret;
    format!(
        "POST /api/feedback HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\nconnection: close\r\n{head}\r\n{body}"
    )
    .into_bytes()
}

#[test]
fn bytes_that_are_no_http_are_refused_or_the_connection_closed() {
    let mut bench = Bench::new();
    let n = VOTE.len();
    let many: String = (0..300).map(|n| format!("x-{n}: y\r\n")).collect();
    let chunked = "transfer-encoding: chunked\r\n";
    let length = format!("content-length: {n}\r\n");
    let cases = [
        ("two lengths", vote(&bench, &format!("{length}content-length: 0\r\n"), VOTE)),
        ("length and chunks", vote(&bench, &format!("{length}{chunked}"), "0\r\n\r\n")),
        ("chunks and length", vote(&bench, &format!("{chunked}{length}"), "0\r\n\r\n")),
        ("unknown transfer", vote(&bench, "transfer-encoding: gzip\r\n", VOTE)),
        ("hidden chunks", vote(&bench, "transfer-encoding: xchunked\r\n", VOTE)),
        ("a negative length", vote(&bench, "content-length: -1\r\n", VOTE)),
        ("a length in words", vote(&bench, "content-length: ten\r\n", VOTE)),
        ("a list of lengths", vote(&bench, &format!("content-length: {n}, 0\r\n"), VOTE)),
        ("a huge length", vote(&bench, "content-length: 99999999999999\r\n", VOTE)),
        ("a bad chunk size", vote(&bench, chunked, "zz\r\nx\r\n0\r\n\r\n")),
        ("a huge chunk size", vote(&bench, chunked, "fffffffffffffffff\r\n")),
        ("a space before the colon", vote(&bench, &format!("content-length : {n}\r\n"), VOTE)),
        ("a folded header", vote(&bench, &format!("x: y\r\n z\r\n{length}"), VOTE)),
        ("a header without a colon", vote(&bench, &format!("garbage\r\n{length}"), VOTE)),
        ("NUL in a header", vote(&bench, &format!("x: a\0b\r\n{length}"), VOTE)),
        ("a huge header", vote(&bench, &format!("x: {}\r\n{length}", "y".repeat(1 << 20)), VOTE)),
        ("many headers", vote(&bench, &format!("{many}{length}"), VOTE)),
        ("a huge path", format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(1 << 20)).into_bytes()),
        ("no version", b"GET /\r\n\r\n".to_vec()),
        ("a version of the future", b"GET / HTTP/7.0\r\nhost: x\r\n\r\n".to_vec()),
        ("HTTP/2 out of the blue", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        ("TLS on a plain port", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(10)),
        ("noise", (0..=255).cycle().take(5_000).collect()),
        ("a space in the method", b"PO ST / HTTP/1.1\r\nhost: x\r\n\r\n".to_vec()),
    ];
    for (name, bytes) in cases {
        let before = store::counts(bench.data.path());
        let reply = exchange(&bench, &bytes);
        let status = reply.split(' ').nth(1).and_then(|it| it.parse::<u16>().ok());
        let refused = reply.is_empty() || status.is_some_and(|it| (400..500).contains(&it));
        assert!(refused, "{name}: {reply}");
        assert!(!reply.contains("\"created\""), "{name}: {reply}");
        assert_eq!(store::counts(bench.data.path()), before, "{name}: it was stored");
    }
    bench.assert_alive();
}

/// The control: the same head without poison is a good vote.
#[test]
fn the_same_bytes_without_poison_are_taken() {
    let mut bench = Bench::new();
    let good = vote(&bench, &format!("content-length: {}\r\n", VOTE.len()), VOTE);
    assert!(exchange(&bench, &good).starts_with("HTTP/1.1 200"));
    let chunk = format!("{:x}\r\n{VOTE}\r\n0\r\n\r\n", VOTE.len());
    let good = vote(&bench, "transfer-encoding: chunked\r\n", &chunk);
    assert!(exchange(&bench, &good).starts_with("HTTP/1.1 200"));
    bench.assert_alive();
}

/// A client that begins a request and breaks off leaves nothing behind.
/// Whoever has no key costs no memory and takes nobody's place: the answer does not wait for the
/// body.
#[test]
fn a_caller_without_a_key_is_refused_before_its_body_is_read() {
    let bench = Bench::new();
    let idle: Vec<_> = (0..40)
        .map(|_| {
            let mut stream = TcpStream::connect(bench.server.address()).expect("listening");
            stream.set_read_timeout(Some(WAITS_FOR)).expect("set");
            let head = "POST /api/feedback/batch HTTP/1.1\r\nhost: x\r\n\
                        content-type: application/json\r\ncontent-length: 16000000\r\n\r\n[";
            stream.write_all(head.as_bytes()).expect("sent");
            stream
        })
        .collect();
    for mut stream in &idle {
        let mut status = [0; 12];
        stream.read_exact(&mut status).expect("answered while the body is outstanding");
        assert_eq!(&status, b"HTTP/1.1 401");
    }
    let batch = serde_json::json!([{ "message_id": "m1", "feedback": "up" }]);
    let reply = bench.client().post("/api/feedback/batch", &batch).expect(200).json();
    assert_eq!(reply["accepted"], 1, "the callers without a key hold no place");
}

#[test]
fn requests_that_break_off_leave_nothing_behind() {
    let mut bench = Bench::new();
    let before = store::counts(bench.data.path());
    let good = vote(&bench, &format!("content-length: {}\r\n", VOTE.len()), VOTE);
    for n in (0..good.len()).step_by(7) {
        let mut stream = TcpStream::connect(bench.server.address()).expect("it listens");
        stream.write_all(&good[..n]).expect("it reads");
    }
    bench.assert_alive();
    let mut after = store::counts(bench.data.path());
    for (table, n) in &before {
        // `assert_alive` stores one vote.
        assert!(after.remove(table).is_some_and(|it| it <= n + 2), "{table}");
    }
}

/// Clients that begin a request and never end it are let go, and others are served meanwhile.
#[test]
fn clients_that_never_finish_a_request_are_let_go() {
    let mut bench = Bench::new();
    let half = b"POST /api/feedback HTTP/1.1\r\nhost: x\r\nx-slow: ";
    let slow = |_| {
        let mut stream = TcpStream::connect(bench.server.address()).expect("it listens");
        stream.write_all(half).expect("it reads");
        stream.set_nonblocking(true).expect("it can be set");
        stream
    };
    let mut streams: Vec<_> = (0..200).map(slow).collect();
    let mut client = bench.client();
    until("slow clients are let go", LETS_GO_AFTER, || {
        client.get("/health").expect(200);
        streams.retain_mut(|stream| {
            let read = stream.read(&mut [0; 512]);
            !matches!(read, Ok(0)) && !read.is_err_and(|it| it.kind() != ErrorKind::WouldBlock)
        });
        streams.is_empty().then_some(())
    });
    bench.assert_alive();
}

/// Sends bytes and returns all that comes back. Whoever still waits for more after a while is
/// told that no more will come.
fn exchange(bench: &Bench, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(bench.server.address()).expect("it listens");
    stream.set_read_timeout(Some(WAITS_FOR)).expect("a timeout can be set");
    // A server that refuses early stops reading; what counts is what it says and stores.
    let _ = stream.write_all(bytes);
    let (mut reply, mut buffer) = (Vec::new(), [0; 4_096]);
    let mut told = false;
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => reply.extend_from_slice(&buffer[..n]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                assert!(!told, "the server keeps the connection without a word");
                told = true;
                let _ = stream.shutdown(std::net::Shutdown::Write);
            }
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&reply).into_owned()
}
