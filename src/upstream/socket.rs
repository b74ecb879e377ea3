//! HTTP to a running server over the Unix socket in its data folder.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

use super::call::{Call, Reply};

/// Longest path that a socket address holds on every system, in bytes.
const SOCKET_PATH_MAX: usize = 100;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SocketError {
    /// Nobody listens.
    #[error("no server listens on {}: {source}", path.display())]
    Connect {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The connection broke.
    #[error("the server broke the connection off: {0}")]
    Broken(#[from] hyper::Error),
    /// The call itself cannot be sent.
    #[error("not a valid request: {0}")]
    Invalid(#[from] hyper::http::Error),
}

/// Calls the server that listens on `path`.
///
/// # Errors
/// When nobody listens there or the connection breaks.
pub(crate) async fn call(path: &Path, call: Call) -> Result<Reply, SocketError> {
    let request = call.into_request()?;
    let connect = |source| SocketError::Connect { path: path.to_owned(), source };
    let stream = with_short_path(path, std::os::unix::net::UnixStream::connect).map_err(connect)?;
    stream.set_nonblocking(true).map_err(connect)?;
    let stream = UnixStream::from_std(stream).map_err(connect)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // Ends with the response; an error shows up there as well.
    tokio::spawn(connection);
    Ok(Reply::new(sender.send_request(request).await?))
}

/// Uses a socket by a path that fits into a socket address. A longer one is reached through the
/// folder's file descriptor.
pub(crate) fn with_short_path<T>(
    path: &Path,
    use_path: impl FnOnce(PathBuf) -> io::Result<T>,
) -> io::Result<T> {
    if path.as_os_str().len() <= SOCKET_PATH_MAX {
        return use_path(path.to_owned());
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let folder = File::open(folder)?;
    use_path(PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::{UnixListener, UnixStream};

    #[test]
    fn a_socket_deep_down_in_the_tree_is_reached() {
        let temp = tempfile::tempdir().expect("temp dir");
        let folder = temp.path().join("d".repeat(120));
        std::fs::create_dir(&folder).expect("made");
        let path = folder.join("thumbwheel.sock");
        assert!(UnixListener::bind(&path).is_err(), "the plain path is too long");
        let _listener = with_short_path(&path, UnixListener::bind).expect("bound");
        with_short_path(&path, UnixStream::connect).expect("connected");
    }
}
