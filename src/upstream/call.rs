//! A call to an HTTP API and its reply, whichever way it travels.

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Body;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Request, Response};

/// What can break a reply off.
pub(crate) type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// A request before anybody knows where it goes.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl Call {
    /// A GET of a path with its query string.
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", path: path.into(), headers: Vec::new(), body: Bytes::new() }
    }

    /// A POST of a body.
    pub(crate) fn post(path: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self { method: "POST", path: path.into(), headers: Vec::new(), body: body.into() }
    }

    /// With one more header.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// As hyper sends it. Trailers are welcome: a streamed reply counts its rows in them.
    ///
    /// # Errors
    /// When the path or a header has characters that HTTP cannot carry.
    pub(crate) fn into_request(self) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        let mut request = Request::builder().method(self.method).uri(self.path);
        for (name, value) in self.headers {
            request = request.header(HeaderName::from_static(name), value);
        }
        request.header("host", "thumbwheel").header("te", "trailers").body(Full::new(self.body))
    }
}

/// A reply whose body may still be coming.
pub(crate) struct Reply {
    /// The HTTP status.
    pub(crate) status: u16,
    body: UnsyncBoxBody<Bytes, BodyError>,
}

impl Reply {
    /// The reply in an HTTP response.
    pub(crate) fn new<B>(response: Response<B>) -> Self
    where
        B: Body<Data = Bytes, Error: Into<BodyError>> + Send + 'static,
    {
        let status = response.status().as_u16();
        Self { status, body: response.into_body().map_err(Into::into).boxed_unsync() }
    }

    /// The whole body.
    ///
    /// # Errors
    /// When it breaks off.
    pub(crate) async fn whole(self) -> Result<Bytes, BodyError> {
        Ok(self.body.collect().await?.to_bytes())
    }

    /// Hands each piece of the body to `take` until it wants no more; returns what follows it.
    ///
    /// # Errors
    /// When the body breaks off, or what `take` returns.
    pub(crate) async fn pieces(
        mut self,
        mut take: impl FnMut(Bytes) -> Result<bool, BodyError>,
    ) -> Result<Trailers, BodyError> {
        let mut trailers = HeaderMap::new();
        while let Some(frame) = self.body.frame().await {
            match frame?.into_data() {
                Ok(data) => {
                    if !take(data)? {
                        break;
                    }
                }
                Err(other) => trailers.extend(other.into_trailers().unwrap_or_default()),
            }
        }
        Ok(Trailers(trailers))
    }
}

/// What follows a body.
#[derive(Debug, Default)]
pub(crate) struct Trailers(HeaderMap<HeaderValue>);

impl Trailers {
    /// A number among the trailers.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name)?.to_str().ok()?.parse().ok()
    }
}
