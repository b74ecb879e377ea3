//! The widget in a real browser, on pages of another origin than the server's.

mod access;
mod build;
mod form;
mod hosts;
mod network;
mod privacy;
mod voting;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::browser::{self, Context, Page};
use crate::support::stage::{Proxy, Stage};
use crate::support::{ALL_SCOPES, Client, Server, folder, key, publishable_key, store};

/// A server, a way to it that can be broken, a host for pages, and a browser.
struct World {
    server: Server,
    proxy: Proxy,
    stage: Stage,
    context: Context,
    app: Client,
    /// For pages of the stage.
    publishable: String,
    data: TempDir,
}

/// The first element of a page, for the console.
const ELEMENT: &str = "document.querySelector('thumbs-feedback')";

impl World {
    /// None where there is no browser, and that is wanted.
    fn new() -> Option<Self> {
        let context = browser::context()?;
        let data = folder();
        let server = Server::start(data.path());
        let stage = Stage::new();
        let publishable = publishable_key(data.path(), &stage.origin());
        let app = server.client_with(&key(data.path(), ALL_SCOPES));
        let proxy = Proxy::new(server.address());
        Some(Self { server, proxy, stage, context, app, publishable, data })
    }

    /// A host page around this body.
    fn host(&self, body: &str) -> String {
        format!(
            "<!doctype html><html lang=en><head><meta charset=utf-8><title>Host</title>\
             <link rel=icon href=data:,><script type=module src='http://{}/w/v1.js'></script>\
             </head><body><main><h1>Host</h1>{body}</main></body></html>",
            self.server.address(),
        )
    }

    /// An element that knows the key of the page, and says what `more` says.
    fn element(&self, id: &str, more: &str) -> String {
        let (key, endpoint) = (&self.publishable, self.proxy.origin());
        format!(
            "<thumbs-feedback response-id='{id}' key='{key}' endpoint='{endpoint}' {more}>\
             </thumbs-feedback>"
        )
    }

    /// The same with a token instead of the key.
    fn signed_element(&self, token: &str, more: &str) -> String {
        let endpoint = self.proxy.origin();
        format!("<thumbs-feedback token='{token}' endpoint='{endpoint}' {more}></thumbs-feedback>")
    }

    /// Opens a page with this body, whose elements are ready.
    fn open(&self, body: &str) -> Page {
        self.stage.page("/", &self.host(body), &[]);
        let page = self.context.open(&self.stage.url("/"));
        ready(&page);
        page
    }

    /// Logs an answer; the reply has the token of its page.
    fn token(&mut self, id: &str, user: &str) -> String {
        let answer = json!({ "message_id": id, "user_id": user });
        let reply = self.app.post("/api/responses", &answer).expect(200).json();
        reply["token"].as_str().expect("a token").to_owned()
    }

    /// The stored thumbs as message and thumb.
    fn thumbs(&self) -> Vec<(String, String)> {
        let rows = store::feedback(self.data.path()).into_iter();
        rows.map(|(message, _, thumb)| (message, thumb)).collect()
    }

    /// The newest feedback as the API lists it.
    fn newest(&mut self) -> Value {
        let listed = self.app.get("/api/feedback?limit=1").expect(200).json();
        listed["feedback"][0].clone()
    }

    /// Rows of the history of thumbs: states that stand no longer.
    fn history(&self) -> i64 {
        store::counts(self.data.path())["thumbs_history"]
    }
}

fn ready(page: &Page) {
    page.wait_for("document.querySelector('thumbs-feedback')?.shadowRoot?.querySelector('.up')");
    page.eval(
        "window.saved = [], window.errors = [], \
         addEventListener('thumbs-saved', (event) => saved.push(event.detail)), \
         addEventListener('thumbs-error', (event) => errors.push(event.detail)), 1",
    );
}

/// What of an element's inside, as an expression for the console.
fn inside(selector: &str) -> String {
    format!("{ELEMENT}.shadowRoot.querySelector('{selector}')")
}

/// Both thumbs as they are shown: `up`, `down`, or nothing.
fn shown(page: &Page) -> Value {
    page.eval(&format!(
        "['up', 'down'].filter((name) => {ELEMENT}.shadowRoot.querySelector('.' + name)\
         .getAttribute('aria-pressed') === 'true').join(' ')"
    ))
}

/// Waits for so many answers of the server.
fn saved(page: &Page, n: usize) {
    page.wait_for(&format!("saved.length === {n}"));
}

/// What a screen reader is told.
fn said(page: &Page) -> String {
    let text = page.eval(&format!("{}.textContent", inside(".status")));
    text.as_str().unwrap_or_default().to_owned()
}
