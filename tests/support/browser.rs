//! A real browser: one Chromium for all tests of the process, and a fresh profile for each test.
//!
//! ```text
//! let Some(context) = browser::context() else { return };
//! let page = context.open(&stage.url("/host.html"));
//! page.click("document.querySelector('thumbs-up').shadowRoot.querySelector('button')");
//! page.wait_for("document.title === 'Thank you'");
//! assert_eq!(page.errors(), [""; 0]);
//! ```
//!
//! `CHROMIUM` names another binary than the one on the `PATH`. With `THUMBWHEEL_WITHOUT_BROWSER=1`
//! there is no context, and the tests that need one pass without it.

mod audit;
mod input;
mod page;
mod record;
mod wire;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use serde_json::json;

pub(crate) use page::Page;
use wire::Wire;

/// The names under which Chromium is installed.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A profile of its own, with as many pages as wanted. Dropping it closes and forgets them all.
pub(crate) struct Context {
    wire: &'static Wire,
    id: String,
}

/// A new context, or none where tests run without a browser.
///
/// # Panics
/// When there is no Chromium and nobody has said so, or it does not start.
#[track_caller]
pub(crate) fn context() -> Option<Context> {
    static CHROMIUM: OnceLock<Result<Arc<Wire>, String>> = OnceLock::new();
    if super::without("BROWSER") {
        return None;
    }
    let wire = match CHROMIUM.get_or_init(launch) {
        Ok(wire) => wire,
        Err(error) => panic!("{error}"),
    };
    let context = wire.send(None, "Target.createBrowserContext", &json!({})).wait();
    Some(Context { wire, id: page::string(&context["browserContextId"]) })
}

impl Context {
    /// Opens a page and waits until it is loaded.
    #[track_caller]
    pub(crate) fn open(&self, url: &str) -> Page {
        let page = self.blank();
        page.goto(url);
        page
    }

    /// An empty page, for what has to be arranged before the first document.
    #[track_caller]
    pub(crate) fn blank(&self) -> Page {
        Page::create(self.wire, &self.id)
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        let context = json!({"browserContextId": self.id});
        self.wire.post(None, "Target.disposeBrowserContext", &context);
    }
}

fn launch() -> Result<Arc<Wire>, String> {
    let chromium = installed().ok_or(
        "there is no Chromium: install it (apt-get install chromium), name it in CHROMIUM, \
         or leave the browser tests out with THUMBWHEEL_WITHOUT_BROWSER=1",
    )?;
    Wire::start(&chromium).map_err(|error| format!("{}: {error}", chromium.display()))
}

fn installed() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let places = NAMES.iter().flat_map(|name| folders.iter().map(move |it| it.join(name)));
    places.into_iter().find(|place| place.is_file())
}

#[test]
fn a_browser_that_has_ended_says_so_instead_of_hanging() {
    let wire = Wire::start(std::path::Path::new("false")).expect("a shell is here");
    for _ in 0..2 {
        let ask = || wire.send(None, "Browser.getVersion", &json!({})).wait();
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(ask));
        let said = caught.expect_err("there is no browser").downcast::<String>().expect("a text");
        assert!(
            said.starts_with("Browser.getVersion: Chromium ended with exit status: 1"),
            "{said}"
        );
    }
}
