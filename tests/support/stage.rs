//! The stage: a web server for host pages, on an origin of its own, and a proxy that breaks the
//! way to the server under test as it is told.

mod listener;
mod proxy;

use std::collections::HashMap;
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

pub(crate) use listener::Call;
use listener::{Listener, answer};
pub(crate) use proxy::{Mode, Proxy};

/// The files of a site, on a port of its own. Dropping it closes the site.
pub(crate) struct Stage {
    files: Arc<Mutex<HashMap<String, File>>>,
    listener: Listener,
}

struct File {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Stage {
    /// A site without files; whatever is asked for is not found.
    pub(crate) fn new() -> Self {
        let files = Arc::<Mutex<HashMap<String, File>>>::default();
        let shown = Arc::clone(&files);
        Self { files, listener: Listener::start(move |call, stream| show(&shown, call, stream)) }
    }

    /// Puts a page under a path, in place of what was there.
    pub(crate) fn page(&self, path: &str, html: &str, headers: &[(&str, &str)]) {
        self.put(path, "text/html; charset=utf-8", html.as_bytes(), headers);
    }

    /// Puts a file under a path, in place of what was there.
    pub(crate) fn file(&self, path: &str, content_type: &str, bytes: &[u8]) {
        self.put(path, content_type, bytes, &[]);
    }

    /// Where a path is found, as a browser names it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    /// The origin of all its pages.
    pub(crate) fn origin(&self) -> String {
        origin(self.listener.address())
    }

    fn put(&self, path: &str, content_type: &str, body: &[u8], more: &[(&str, &str)]) {
        let always = [("content-type", content_type), ("cache-control", "no-store")];
        let headers = always.iter().chain(more);
        let headers = headers.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let file = File { headers: headers.collect(), body: body.to_owned() };
        self.files.lock().expect("no panic holds this lock").insert(path.to_owned(), file);
    }
}

fn show(files: &Mutex<HashMap<String, File>>, call: &Call, stream: &mut TcpStream) {
    let path = call.target.split('?').next().unwrap_or_default();
    let files = files.lock().expect("no panic holds this lock");
    let (status, headers, body) = match files.get(path) {
        Some(file) => (200, file.headers.as_slice(), file.body.as_slice()),
        None => (404, &[][..], &b"not on this stage"[..]),
    };
    let headers: Vec<_> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    let bytes = answer(status, &headers, body);
    drop(files);
    // A browser may well lose interest.
    let _ = std::io::Write::write_all(stream, &bytes);
}

fn origin(address: SocketAddr) -> String {
    format!("http://{address}")
}
