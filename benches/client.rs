//! HTTP/1.1 over kept connections, as little of it as the server's own replies need: cheap enough
//! to leave the machine to the server.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A request, ready to be sent.
pub(crate) fn post(path: &str, key: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A request as a page sends it.
pub(crate) fn post_plain(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: text/plain\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A request without a body.
pub(crate) fn get(path: &str, key: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\r\n")
        .into_bytes()
}

/// One connection that waits for each reply.
pub(crate) struct Client(TcpStream);

impl Client {
    /// # Errors
    /// When nobody listens.
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self(stream))
    }

    /// Sends a request; returns the status and the bytes of the reply, head included.
    ///
    /// # Errors
    /// When the connection breaks.
    pub(crate) fn ask(&mut self, request: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        self.0.write_all(request)?;
        let mut reply = Vec::new();
        let mut buffer = vec![0; 64 << 10];
        while !is_whole(&reply) {
            match self.0.read(&mut buffer)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => reply.extend_from_slice(&buffer[..n]),
            }
        }
        Ok((status(&reply), reply))
    }

    /// Sends a request for a stream, throws the reply away and returns how many lines it had.
    ///
    /// # Errors
    /// When the connection breaks.
    pub(crate) fn count_lines(&mut self, request: &[u8]) -> io::Result<usize> {
        self.0.write_all(request)?;
        let mut buffer = vec![0; 256 << 10];
        let (mut lines, mut tail) = (0, Vec::new());
        // Rows are objects; what frames them is not.
        while !tail.ends_with(b"\r\n0\r\n\r\n") {
            let n = self.0.read(&mut buffer)?;
            if n == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let starts_new = tail.ends_with(b"}") && buffer[0] == b'\n';
            lines += buffer[..n].windows(2).filter(|pair| pair == b"}\n").count();
            lines += usize::from(starts_new);
            tail =
                [&tail[tail.len().saturating_sub(8)..], &buffer[n.saturating_sub(16)..n]].concat();
        }
        Ok(lines)
    }
}

/// Sends the requests over `connections` connections, each waiting for its reply before it sends
/// the next. Returns the seconds that it took in all, and the milliseconds of each request.
pub(crate) fn closed_loop(
    address: SocketAddr,
    connections: usize,
    requests: &[Vec<u8>],
) -> (f64, Vec<f64>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let local = tokio::task::LocalSet::new();
    let share = requests.len().div_ceil(connections);
    local.block_on(&runtime.expect("a runtime can be made"), async {
        let mut streams = Vec::new();
        for _ in 0..connections {
            let stream = tokio::net::TcpStream::connect(address).await.expect("the server listens");
            stream.set_nodelay(true).expect("a socket");
            streams.push(stream);
        }
        let start = Instant::now();
        let work = requests.chunks(share).zip(streams);
        let tasks: Vec<_> = work
            .map(|(share, stream)| {
                let share: Vec<Vec<u8>> = share.to_vec();
                tokio::task::spawn_local(exchange(stream, share))
            })
            .collect();
        let mut times = Vec::with_capacity(requests.len());
        for task in tasks {
            times.extend(task.await.expect("a client does not panic"));
        }
        (start.elapsed().as_secs_f64(), times)
    })
}

async fn exchange(mut stream: tokio::net::TcpStream, requests: Vec<Vec<u8>>) -> Vec<f64> {
    let mut times = Vec::with_capacity(requests.len());
    let mut reply = Vec::with_capacity(16 << 10);
    for request in requests {
        let start = Instant::now();
        stream.write_all(&request).await.expect("the connection holds");
        reply.clear();
        while !is_whole(&reply) {
            let n = stream.read_buf(&mut reply).await.expect("the connection holds");
            assert!(n > 0, "the server closed the connection");
        }
        times.push(start.elapsed().as_secs_f64() * 1e3);
        assert_eq!(status(&reply), 200, "{}", String::from_utf8_lossy(&reply));
    }
    times
}

/// `HTTP/1.1 200 …`
fn status(reply: &[u8]) -> u16 {
    let digits = reply.get(9..12).and_then(|it| std::str::from_utf8(it).ok());
    digits.and_then(|it| it.parse().ok()).unwrap_or(0)
}

/// Whether a reply is there to its end.
fn is_whole(reply: &[u8]) -> bool {
    const NAME: &[u8] = b"content-length: ";
    let Some(head) = reply.windows(4).position(|it| it == b"\r\n\r\n") else { return false };
    let Some(at) = reply[..head].windows(NAME.len()).position(|it| it == NAME) else {
        return reply.ends_with(b"\r\n0\r\n\r\n");
    };
    let digits = reply[at + NAME.len()..head].iter().take_while(|byte| byte.is_ascii_digit());
    let length = digits.fold(0, |n, digit| n * 10 + usize::from(digit - b'0'));
    reply.len() >= head + 4 + length
}
