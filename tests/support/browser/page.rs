//! A page: what it shows, what runs in it, and what it did so far.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::record::{Record, Request, exception};
use super::wire::Wire;
use crate::support::until;

/// How long a page may take for what it is waited for, if a test does not say otherwise. The widget
/// may leave a vote alone for half a minute that another tab seemed to be sending.
const PATIENCE: Duration = Duration::from_secs(90);

/// One last question may take longer than that.
const GRACE: Duration = Duration::from_secs(60);

/// Larger bodies of requests are not recorded.
const BODY_MAX: usize = 1_000_000;

/// The deepest element with the focus, through shadow roots: `button#up[aria-label="Good"]`.
const FOCUSED: &str = r#"(() => {
    let it = document.activeElement;
    while (it?.shadowRoot?.activeElement) it = it.shadowRoot.activeElement;
    if (!it) return 'nothing';
    const told = ['part', 'name', 'aria-label'].filter((name) => it.hasAttribute(name));
    return it.localName + (it.id && '#' + it.id) +
        told.map((name) => `[${name}="${it.getAttribute(name)}"]`).join('');
})()"#;

/// One page of a context: a tab. Dropping it closes it.
pub(crate) struct Page {
    wire: &'static Wire,
    pub(super) target: String,
    session: String,
    record: Arc<Record>,
    /// How long it may take for what it is waited for; short where a wait must be in vain.
    pub(crate) patience: Duration,
}

impl Page {
    #[track_caller]
    pub(super) fn create(wire: &'static Wire, context: &str) -> Self {
        let blank = json!({"url": "about:blank", "browserContextId": context});
        let target = string(&wire.send(None, "Target.createTarget", &blank).wait()["targetId"]);
        let attach = json!({"targetId": target, "flatten": true});
        let attached = wire.send(None, "Target.attachToTarget", &attach).wait();
        let session = string(&attached["sessionId"]);
        let record = Arc::<Record>::default();
        wire.listen(&session, Arc::clone(&record));
        let page = Self { wire, target, session, record, patience: PATIENCE };
        // All at once: each of them waits for the same new process.
        let settings = [
            ("Page.enable", json!({})),
            ("Page.setLifecycleEventsEnabled", json!({"enabled": true})),
            ("Runtime.enable", json!({})),
            ("Log.enable", json!({})),
            ("Network.enable", json!({"maxPostDataSize": BODY_MAX})),
            // Each page takes itself for the one in front.
            ("Emulation.setFocusEmulationEnabled", json!({"enabled": true})),
        ];
        let settings =
            settings.map(|(method, params)| page.wire.send(Some(&page.session), method, &params));
        for setting in settings {
            setting.wait();
        }
        page
    }

    /// A command to this page.
    #[track_caller]
    pub(super) fn call(&self, method: &str, params: &Value) -> Value {
        self.wire.send(Some(&self.session), method, params).wait()
    }

    /// Goes to another document and waits until it is loaded.
    #[track_caller]
    pub(crate) fn goto(&self, url: &str) {
        let moves = self.record.entries().moves;
        let reply = self.call("Page.navigate", &json!({"url": url}));
        assert!(reply["errorText"].is_null(), "{url}: {}", reply["errorText"]);
        let there = self.record.wait(self.patience, |it| match reply["loaderId"].as_str() {
            Some(loader) => it.loaded.contains(loader),
            // Another place in the same document.
            None => it.moves > moves,
        });
        assert!(there, "{url} is not there after {:?}:\n{}", self.patience, self.console());
    }

    /// Loads the document again and waits until it is there.
    #[track_caller]
    pub(crate) fn reload(&self) {
        let old = self.record.entries().document;
        self.call("Page.reload", &json!({}));
        let is_new = self
            .record
            .wait(self.patience, |it| it.document != old && it.loaded.contains(&it.document));
        assert!(is_new, "not loaded again after {:?}:\n{}", self.patience, self.console());
    }

    /// The value of an expression, or of its promise.
    ///
    /// # Panics
    /// When it throws.
    #[track_caller]
    pub(crate) fn eval(&self, js: &str) -> Value {
        match self.evaluate(js, None) {
            Ok(value) => value,
            Err(error) => panic!("{error}\nin {js}\n{}", self.console()),
        }
    }

    /// The same with the error as a value, and in another world than that of the page.
    #[track_caller]
    pub(super) fn evaluate(&self, js: &str, world: Option<&Value>) -> Result<Value, String> {
        let mut params = json!({"expression": js, "awaitPromise": true, "returnByValue": true});
        if let Some(world) = world {
            params["contextId"] = world.clone();
        }
        let mut reply =
            self.wire.send(Some(&self.session), "Runtime.evaluate", &params).outcome()?;
        match &reply["exceptionDetails"] {
            Value::Null => Ok(reply["result"]["value"].take()),
            details => Err(exception(details)),
        }
    }

    /// Waits until a condition holds; one that throws, or is cut off by a navigation, does not.
    #[track_caller]
    pub(crate) fn wait_for(&self, condition: &str) {
        let js = format!("(async () => !!(await ({condition}\n)))()");
        self.wait_until(condition, || match self.evaluate(&js, None)? {
            Value::Bool(true) => Ok(()),
            _ => Err("it is false".to_owned()),
        });
    }

    /// Asks again and again until there is an answer, and says in the end why there was none.
    #[track_caller]
    pub(super) fn wait_until<T>(
        &self,
        what: &str,
        mut ask: impl FnMut() -> Result<T, String>,
    ) -> T {
        let deadline = Instant::now() + self.patience;
        let last = until(what, self.patience + GRACE, || match ask() {
            Err(_) if Instant::now() < deadline => None,
            outcome => Some(outcome),
        });
        match last {
            Ok(answer) => answer,
            Err(error) => {
                let (patience, console) = (self.patience, self.console());
                panic!("waited {patience:?} in vain: {what}\n{error}\n{console}")
            }
        }
    }

    /// Runs a script in each document to come, before its own scripts.
    #[track_caller]
    pub(crate) fn add_script(&self, js: &str) {
        self.call("Page.addScriptToEvaluateOnNewDocument", &json!({"source": js}));
    }

    /// The deepest element with the focus, through shadow roots, such as
    /// `button#up[aria-label="Good answer"]`; `body` when there is none.
    #[track_caller]
    pub(crate) fn focused(&self) -> String {
        string(&self.eval(FOCUSED))
    }

    /// Cuts this page, and no other, off from the network, or connects it again.
    #[track_caller]
    pub(crate) fn offline(&self, offline: bool) {
        let conditions = json!({
            "offline": offline,
            "latency": 0,
            "downloadThroughput": -1,
            "uploadThroughput": -1,
        });
        self.call("Network.emulateNetworkConditions", &conditions);
    }

    /// What the page is told about the screen and the wishes of its user, in place of what it was
    /// told before: `[("prefers-color-scheme", "dark"), ("forced-colors", "active")]`.
    #[track_caller]
    pub(crate) fn media(&self, features: &[(&str, &str)]) {
        let feature = |(name, value): &(&str, &str)| json!({"name": name, "value": value});
        let features: Vec<Value> = features.iter().map(feature).collect();
        self.call("Emulation.setEmulatedMedia", &json!({"features": features}));
    }

    /// Makes the window as large as told, in CSS pixels.
    #[track_caller]
    pub(crate) fn viewport(&self, width: u32, height: u32) {
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Writes what the window shows into a PNG file.
    #[track_caller]
    pub(crate) fn screenshot(&self, path: &Path) {
        let shot = self.call("Page.captureScreenshot", &json!({"format": "png"}));
        let png = data_encoding::BASE64.decode(string(&shot["data"]).as_bytes());
        std::fs::write(path, png.expect("the protocol says base64")).expect("a place to write to");
    }

    /// Uncaught exceptions, console errors and violations of a policy, since the page was opened.
    /// Requests that failed are not among them: the page may have expected that.
    #[track_caller]
    pub(crate) fn errors(&self) -> Vec<String> {
        self.catch_up();
        self.record.entries().errors
    }

    /// The requests that the page has sent so far.
    #[track_caller]
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.catch_up();
        self.record.entries().requests
    }

    /// What a page did before it answers is recorded when the answer is there.
    #[track_caller]
    fn catch_up(&self) {
        self.call("Runtime.evaluate", &json!({"expression": "0"}));
    }

    fn console(&self) -> String {
        format!("the console of the page:\n{}\n", self.record.entries().console.join("\n"))
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let told = self.console();
            // Where nobody listens, nobody misses it.
            let _ = std::io::Write::write_all(&mut std::io::stderr(), told.as_bytes());
        }
        self.wire.forget(&self.session);
        self.wire.post(None, "Target.closeTarget", &json!({"targetId": self.target}));
    }
}

/// A string of the protocol.
#[track_caller]
pub(super) fn string(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}
