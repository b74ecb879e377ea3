//! HTTP to a server at a URL, for a look at its health. Plain HTTP only.

use std::time::Duration;

use hyper::Uri;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::call::{Call, Reply};

/// The port of `http://` when the URL names none.
const PORT: u16 = 80;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// The URL makes no sense here.
    #[error("'{0}' is not a URL such as http://127.0.0.1:8945")]
    Url(String),
    /// Nobody listens.
    #[error("nothing listens on {0}: {1}")]
    Connect(String, std::io::Error),
    /// No answer came in time.
    #[error("{0} did not answer within {1:?}")]
    Late(String, Duration),
    /// The connection broke.
    #[error("the server broke the connection off: {0}")]
    Broken(#[from] hyper::Error),
    /// The call itself cannot be sent.
    #[error("not a valid request: {0}")]
    Invalid(#[from] hyper::http::Error),
}

/// GETs `url`, or `path` of it where it names none, within `limit`. Returns the status and the
/// whole body.
///
/// # Errors
/// When the URL is not plain HTTP, or nobody answers in time.
pub(crate) async fn get(
    url: &str,
    path: &str,
    limit: Duration,
) -> Result<(u16, Vec<u8>), HttpError> {
    let bad = || HttpError::Url(url.to_owned());
    let uri: Uri = url.parse().map_err(|_| bad())?;
    if uri.scheme_str() != Some("http") {
        return Err(bad());
    }
    let host = uri.host().ok_or_else(bad)?.to_owned();
    let place = format!("{host}:{}", uri.port_u16().unwrap_or(PORT));
    let path = match uri.path_and_query() {
        Some(own) if own.as_str() != "/" => own.as_str(),
        _ => path,
    };
    let call = async {
        let stream = TcpStream::connect(&place).await;
        let stream = stream.map_err(|error| HttpError::Connect(place.clone(), error))?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // Ends with the response; an error shows up there as well.
        tokio::spawn(connection);
        let reply = Reply::new(sender.send_request(Call::get(path).into_request()?).await?);
        let status = reply.status;
        // A body that breaks off leaves the status as it is.
        Ok((status, reply.whole().await.unwrap_or_default().to_vec()))
    };
    let late = || HttpError::Late(place.clone(), limit);
    tokio::time::timeout(limit, call).await.map_err(|_| late())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn only_plain_http_is_tried_and_a_silent_server_is_not_waited_for() {
        for url in ["", "127.0.0.1", "https://127.0.0.1", "http://", "ftp://127.0.0.1"] {
            let refused = get(url, "/", LIMIT).await.expect_err(url);
            assert!(matches!(refused, HttpError::Url(_)), "{url}: {refused}");
        }
        let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
        let url = format!("http://{}", silent.local_addr().expect("bound"));
        let refused = get(&url, "/", Duration::from_millis(50)).await.expect_err("late");
        assert!(matches!(refused, HttpError::Late(..)), "{refused}");
        drop(silent);
        let refused = get(&url, "/", LIMIT).await.expect_err("closed");
        assert!(matches!(refused, HttpError::Connect(..)), "{refused}");
    }
}
