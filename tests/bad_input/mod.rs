//! Bad input: each case gets the documented refusal, with a sentence that says what to do;
//! nothing of it is stored, and the program goes on.

mod bodies;
mod bombs;
mod command_line;
mod files;
mod keys;
mod queries;
mod sql;
mod wire;

use serde_json::{Value, json};

use crate::support::http::Request;
use crate::support::{ALL_SCOPES, Client, Reply, Server, folder, key, store};

/// One bad request: what is wrong with it, the request, and the documented refusal.
pub(super) struct Case<'a> {
    name: &'static str,
    request: Request<'a>,
    status: u16,
    code: &'static str,
}

/// A server with one key and some feedback, and what must still be there in the end.
pub(super) struct Bench {
    server: Server,
    secret: String,
    data: tempfile::TempDir,
}

impl Bench {
    #[track_caller]
    fn new() -> Self {
        let data = folder();
        let server = Server::start(data.path());
        let secret = key(data.path(), ALL_SCOPES);
        let good = json!({ "message_id": "good", "feedback": "up", "user_id": "ana" });
        server.client_with(&secret).post("/api/feedback", &good).expect(200);
        Self { server, secret, data }
    }

    fn client(&self) -> Client {
        self.server.client_with(&self.secret)
    }

    /// Sends each case and checks the refusal and that nothing was stored. All cases are tried
    /// before the first failure is told, so that one run shows them all.
    #[track_caller]
    fn refuse_all(&mut self, client: &mut Client, cases: &[Case<'_>]) {
        let mut wrong = Vec::new();
        for case in cases {
            let before = store::counts(self.data.path());
            match client.try_send(&case.request) {
                Ok(reply) => wrong.extend(flaw(case.name, &reply, case.status, case.code)),
                Err(error) => wrong.push(format!("{}: no reply: {error}", case.name)),
            }
            if store::counts(self.data.path()) != before {
                wrong.push(format!("{}: it was stored", case.name));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        self.assert_alive();
    }

    /// The server still takes and shows feedback.
    #[track_caller]
    fn assert_alive(&mut self) {
        assert!(self.server.lives(), "the server is gone: {}", self.server.log());
        let mut client = self.client();
        client.get("/health").expect(200);
        let vote = json!({ "message_id": "still", "feedback": "up", "user_id": "ana" });
        client.post("/api/feedback", &vote).expect(200);
        assert!(!self.server.log().contains("panicked"), "{}", self.server.log());
    }
}

/// A refusal is a problem (RFC 9457) with a code for programs and a sentence for people.
#[track_caller]
pub(super) fn check_problem(name: &str, reply: &Reply, status: u16, code: &str) {
    if let Some(flaw) = flaw(name, reply, status, code) {
        panic!("{flaw}");
    }
}

/// What is wrong with a refusal.
fn flaw(name: &str, reply: &Reply, status: u16, code: &str) -> Option<String> {
    let text = String::from_utf8_lossy(&reply.body);
    let flaw = |what: &str| Some(format!("{name}: {what}: {} {text}", reply.status));
    if reply.status != status {
        return flaw(&format!("not {status}"));
    }
    if reply.header("content-type") != Some("application/problem+json") {
        return flaw("no problem document");
    }
    if status == 413 && reply.header("connection") != Some("close") {
        return flaw("does not say that the connection ends");
    }
    let problem = reply.json();
    if problem["status"] != status || problem["code"] != code {
        return flaw(&format!("not {code}"));
    }
    let detail = problem["detail"].as_str().unwrap_or_default();
    if detail.len() < 16 || !detail.contains(' ') {
        return flaw("no sentence");
    }
    let insides = ["panicked", ".rs:", "SqliteFailure", "BACKTRACE", "/tmp/", "exception_type"];
    if insides.iter().any(|word| detail.contains(word)) {
        return flaw("shows its insides");
    }
    let fields = ["type", "title", "status", "code", "detail"];
    let known = |map: &serde_json::Map<_, _>| map.keys().all(|it: &String| fields.contains(&&**it));
    if !problem.as_object().is_some_and(known) {
        return flaw("unknown fields");
    }
    None
}

/// A request with a JSON body and no further headers.
pub(super) fn post<'a>(target: &'a str, body: &'a str) -> Request<'a> {
    Request::json(target, body.as_bytes())
}

/// The control: a reply that does not say what to do is not let through.
#[test]
fn a_refusal_without_a_sentence_is_no_refusal() {
    let reply = |body: Value| Reply {
        status: 400,
        headers: vec![("content-type".to_owned(), "application/problem+json".to_owned())],
        body: body.to_string().into_bytes(),
    };
    let good = json!({
        "type": "about:blank", "title": "Bad Request", "status": 400, "code": "bad",
        "detail": "the field is wrong; mend it",
    });
    check_problem("good", &reply(good.clone()), 400, "bad");
    let caught = |name: &str, value: Value| {
        let mut bad = good.clone();
        bad[name] = value;
        let check = || check_problem("bad", &reply(bad.clone()), 400, "bad");
        assert!(std::panic::catch_unwind(check).is_err(), "{bad}");
    };
    caught("detail", json!("no"));
    caught("detail", json!("thread panicked at src/web/mod.rs:1"));
    caught("code", json!("other"));
    caught("status", json!(500));
    caught("sql", json!("select"));
}
