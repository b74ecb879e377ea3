//! What a page did: the requests it sent, what it wrote to the console, what went wrong in it.

use std::collections::{HashMap, HashSet};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use serde_json::Value;

/// A request that a page sent; preflights, which the browser sends by itself, are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) body: Option<String>,
    /// Of the answer, once there is one.
    pub(crate) status: Option<u16>,
    /// Why there is none.
    pub(crate) failure: Option<String>,
}

/// The events of one page, in order.
#[derive(Default)]
pub(super) struct Record {
    entries: Mutex<Entries>,
    changed: Condvar,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Entries {
    /// Everything that a developer would see in the console.
    pub(super) console: Vec<String>,
    /// Uncaught exceptions, console errors and violations of a policy.
    pub(super) errors: Vec<String>,
    pub(super) requests: Vec<Request>,
    /// Where in `requests` a request stands, by the browser's name for it.
    places: HashMap<String, usize>,
    /// The document in the main frame, and all documents that have been loaded, by loader.
    pub(super) document: String,
    pub(super) loaded: HashSet<String>,
    /// How often the page went to another place in the same document.
    pub(super) moves: usize,
}

impl Record {
    /// All of it so far.
    pub(super) fn entries(&self) -> Entries {
        self.entries.lock().expect("no panic holds this lock").clone()
    }

    /// Waits until the events so far fulfil a condition. Returns whether they did in time.
    pub(super) fn wait(&self, patience: Duration, done: impl Fn(&Entries) -> bool) -> bool {
        let entries = self.entries.lock().expect("no panic holds this lock");
        let waited = self.changed.wait_timeout_while(entries, patience, |it| !done(it));
        !waited.expect("no panic holds this lock").1.timed_out()
    }

    /// Takes up one event.
    pub(super) fn take(&self, method: &str, params: &Value) {
        self.entries.lock().expect("no panic holds this lock").take(method, params);
        self.changed.notify_all();
    }
}

impl Entries {
    fn take(&mut self, method: &str, params: &Value) {
        match method {
            "Page.frameNavigated" if params["frame"]["parentId"].is_null() => {
                self.document = text(&params["frame"]["loaderId"]);
            }
            "Page.lifecycleEvent" if params["name"] == "load" => {
                self.loaded.insert(text(&params["loaderId"]));
            }
            "Page.navigatedWithinDocument" => self.moves += 1,
            "Page.javascriptDialogOpening" => {
                self.console.push(format!("dialog: {}", text(&params["message"])));
            }
            "Runtime.exceptionThrown" => self.error(&exception(&params["exceptionDetails"])),
            "Runtime.consoleAPICalled" => self.console_call(params),
            "Log.entryAdded" => self.log_entry(&params["entry"]),
            "Inspector.targetCrashed" => self.error("the page crashed"),
            "Network.requestWillBeSent" if params["type"] != "Preflight" => self.request(params),
            "Network.responseReceived" => {
                let status = params["response"]["status"].as_u64();
                self.answered(params, |it| it.status = status.and_then(|it| it.try_into().ok()));
            }
            "Network.loadingFailed" => {
                self.answered(params, |it| it.failure = Some(text(&params["errorText"])));
            }
            _ => (),
        }
    }

    fn error(&mut self, what: &str) {
        self.console.push(format!("error: {what}"));
        self.errors.push(what.to_owned());
    }

    fn console_call(&mut self, params: &Value) {
        let arguments = params["args"].as_array().map_or(&[][..], Vec::as_slice);
        let shown = |it: &Value| match (&it["value"], &it["description"]) {
            (Value::String(value), _) | (Value::Null, Value::String(value)) => value.clone(),
            (value, _) => value.to_string(),
        };
        let said = arguments.iter().map(shown).collect::<Vec<_>>().join(" ");
        match params["type"].as_str().unwrap_or_default() {
            "error" | "assert" => self.error(&said),
            kind => self.console.push(format!("{kind}: {said}")),
        }
    }

    /// What the browser itself has to say, such as that a policy forbids something.
    fn log_entry(&mut self, entry: &Value) {
        let said = text(&entry["text"]);
        // A request that failed is told by `requests`; the page may well have expected it.
        if entry["level"] == "error" && entry["source"] != "network" {
            self.error(&said);
        } else {
            self.console.push(format!("{}: {said} {}", text(&entry["level"]), text(&entry["url"])));
        }
    }

    fn request(&mut self, params: &Value) {
        self.places.insert(text(&params["requestId"]), self.requests.len());
        self.requests.push(Request {
            method: text(&params["request"]["method"]),
            url: text(&params["request"]["url"]),
            body: params["request"]["postData"].as_str().map(str::to_owned),
            status: None,
            failure: None,
        });
    }

    fn answered(&mut self, params: &Value, note: impl FnOnce(&mut Request)) {
        if let Some(place) = self.places.get(params["requestId"].as_str().unwrap_or_default()) {
            note(&mut self.requests[*place]);
        }
    }
}

/// An exception with its stack, as the console shows it.
pub(super) fn exception(details: &Value) -> String {
    let thrown = &details["exception"];
    match (thrown["description"].as_str(), &thrown["value"]) {
        (Some(description), _) => description.to_owned(),
        (None, Value::Null) => text(&details["text"]),
        (None, value) => format!("{} {value}", text(&details["text"])),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
