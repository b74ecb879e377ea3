//! The accept loops: TCP for everyone, a Unix socket in the data folder for the owner.
//!
//! `axum::serve` has neither a header timeout nor connection limits, so a handful of slow clients
//! could hold it for ever; these loops drive hyper with a timer and caps of their own.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Extensions, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

use super::caller::Owner;
use super::rate::block;
use super::site::Peer;

/// How long a client may take to send the head of a request, and to stay idle between requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client may take nothing of an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long open requests may take to finish once the server stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// Most headers of a request.
const HEADERS_MAX: usize = 64;
/// Largest head of a request, in bytes.
const HEAD_BYTES_MAX: usize = 32 << 10;

/// How many connections are served at the same time.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// In all.
    pub(crate) connections_max: usize,
    /// From one address.
    pub(crate) per_address_max: usize,
    /// Addresses that may have as many as they like.
    pub(crate) trusted_proxies: Vec<IpAddr>,
}

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListenError {
    /// The socket in the data folder cannot be made.
    #[error("cannot listen on {}: {source}", path.display())]
    Socket {
        /// Its path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Serves until `stop` resolves, then lets open requests finish. A second `stop` (`hurry`) ends
/// the waiting.
///
/// # Errors
/// When the owner's socket cannot be made.
pub(crate) async fn serve(
    router: Router,
    listener: TcpListener,
    socket: &Path,
    limits: Limits,
    (stop, hurry): (impl Future<Output = ()>, impl Future<Output = ()>),
) -> Result<(), ListenError> {
    let owner_socket = bind_socket(socket)
        .map_err(|source| ListenError::Socket { path: socket.to_owned(), source })?;
    let graceful = GracefulShutdown::new();
    let doors = Doors::new(limits);
    let mut stop = pin!(stop);
    loop {
        let (io, extensions, place) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    // One small write per reply: waiting to fill a packet would only delay it.
                    let _ = stream.set_nodelay(true);
                    let mut extensions = Extensions::new();
                    extensions.insert(Peer(peer.ip()));
                    (Connection::boxed(timed(stream)), extensions, doors.enter(peer.ip()))
                }
                Err(error) => { pause(&error).await; continue }
            },
            accepted = owner_socket.accept() => match accepted {
                Ok((stream, _)) => {
                    let mut extensions = Extensions::new();
                    extensions.insert(Owner);
                    (Connection::boxed(stream), extensions, Some(Place(None)))
                }
                Err(error) => { pause(&error).await; continue }
            },
        };
        // Over the limit the connection is closed unanswered: an answer would cost what it saves.
        let Some(place) = place else { continue };
        connect(&router, &graceful, io, extensions, place);
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => (),
        () = tokio::time::sleep(DRAIN_TIMEOUT) => tracing::warn!("some requests did not finish"),
        () = hurry => tracing::warn!("told to hurry; open requests are cut off"),
    }
    let _ = std::fs::remove_file(socket);
    Ok(())
}

/// Starts serving one connection.
fn connect(
    router: &Router,
    graceful: &GracefulShutdown,
    io: Box<dyn Connection>,
    extensions: Extensions,
    place: Place,
) {
    let router = router.clone();
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let (router, extensions) = (router.clone(), extensions.clone());
        async move { Ok::<_, Infallible>(answer(router, request, extensions).await) }
    });
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX);
    let connection = graceful.watch(builder.serve_connection(TokioIo::new(io), service));
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
        drop(place);
    });
}

async fn answer(router: Router, request: Request<Incoming>, extensions: Extensions) -> Response {
    let mut request = request.map(Body::new);
    request.extensions_mut().extend(extensions);
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// After a failed accept (out of file descriptors, most likely): wait for some to be freed.
async fn pause(error: &io::Error) {
    tracing::warn!(%error, "a connection could not be accepted");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

/// What a connection is served over.
trait Connection: AsyncRead + AsyncWrite + Send + Unpin {
    fn boxed(self) -> Box<dyn Connection>
    where
        Self: Sized + 'static,
    {
        Box::new(self)
    }
}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

/// Connections of each address.
type Counts = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// Counts connections from outside. The owner's socket is not counted: nobody may shut it.
struct Doors {
    all: Arc<Semaphore>,
    by_address: Counts,
    limits: Limits,
}

/// A connection's place among the others; given back when dropped.
struct Place(Option<(OwnedSemaphorePermit, IpAddr, Counts)>);

impl Doors {
    fn new(limits: Limits) -> Self {
        let all = Arc::new(Semaphore::new(limits.connections_max));
        Self { all, by_address: Arc::default(), limits }
    }

    /// A place for one more connection, if there is one. A proxy of ours brings many clients over
    /// one address and is not held to the limit of an address.
    fn enter(&self, address: IpAddr) -> Option<Place> {
        let one_of_all = Arc::clone(&self.all).try_acquire_owned().ok()?;
        let address = block(address);
        let mut counts = self.by_address.lock().expect("no panic holds this lock");
        let count = counts.entry(address).or_default();
        let proxy = self.limits.trusted_proxies.contains(&address);
        if *count >= self.limits.per_address_max && !proxy {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(Place(Some((one_of_all, address, Arc::clone(&self.by_address)))))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((_, address, counts)) = &self.0 else { return };
        let mut counts = counts.lock().expect("no panic holds this lock");
        if let Some(count) = counts.get_mut(address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(address);
            }
        }
    }
}

/// A connection whose peer must keep reading: one that takes nothing of an answer for too long is
/// cut off.
fn timed(stream: TcpStream) -> impl Connection {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_TIMEOUT));
    Box::pin(stream)
}

/// Binds the owner's socket, readable by the owner alone. A socket left behind by a process that
/// was killed is replaced: the caller holds the folder's lock, so nobody else listens on it.
fn bind_socket(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => (),
    }
    let listener =
        crate::upstream::socket::with_short_path(path, |short| UnixListener::bind(short))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_limited_in_all_and_for_each_address() {
        let address = |text: &str| text.parse::<IpAddr>().expect("valid");
        let (here, there, proxy) =
            (address("192.0.2.1"), address("192.0.2.2"), address("10.0.0.1"));
        let limits =
            Limits { connections_max: 6, per_address_max: 2, trusted_proxies: vec![proxy] };
        let doors = Doors::new(limits);
        let first = doors.enter(here).expect("room");
        let _second = doors.enter(here).expect("room");
        assert!(doors.enter(here).is_none(), "two from one address are enough");
        let _third = doors.enter(there).expect("another address has room");
        let _through: Vec<_> = (0..3).map(|_| doors.enter(proxy).expect("a proxy")).collect();
        assert!(doors.enter(there).is_none(), "six in all are enough");
        drop(first);
        assert!(doors.enter(here).is_some());
    }
}
