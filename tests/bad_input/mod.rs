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
        server
            .client_with(&secret)
            .post("/api/feedback", &good)
            .expect(200);
        Self {
            server,
            secret,
            data,
        }
    }

    fn client(&self) -> Client {
        self.server.client_with(&self.secret)
    }

    /// Sends each case and checks the refusal; afterwards, that nothing was stored.
    #[track_caller]
    fn refuse_all(&mut self, client: &mut Client, cases: &[Case<'_>]) {
        for case in cases {
            let before = store::counts(self.data.path());
            let reply = match client.try_send(&case.request) {
                Ok(reply) => reply,
                Err(error) => panic!("{}: no reply: {error}", case.name),
            };
            check_problem(case.name, &reply, case.status, case.code);
            assert_eq!(
                store::counts(self.data.path()),
                before,
                "{}: it was stored",
                case.name
            );
        }
        self.assert_alive();
    }

    /// The server still takes and shows feedback.
    #[track_caller]
    fn assert_alive(&mut self) {
        assert!(
            self.server.lives(),
            "the server is gone: {}",
            self.server.log()
        );
        let mut client = self.client();
        client.get("/health").expect(200);
        let vote = json!({ "message_id": "still", "feedback": "up", "user_id": "ana" });
        client.post("/api/feedback", &vote).expect(200);
        assert!(
            !self.server.log().contains("panicked"),
            "{}",
            self.server.log()
        );
    }
}

/// A refusal is a problem (RFC 9457) with a code for programs and a sentence for people.
#[track_caller]
pub(super) fn check_problem(name: &str, reply: &Reply, status: u16, code: &str) {
    let text = String::from_utf8_lossy(&reply.body);
    assert_eq!(reply.status, status, "{name}: {text}");
    let media_type = reply.header("content-type");
    assert_eq!(
        media_type,
        Some("application/problem+json"),
        "{name}: {text}"
    );
    let problem = reply.json();
    assert_eq!(problem["status"], status, "{name}: {problem}");
    assert_eq!(problem["code"], code, "{name}: {problem}");
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(
        detail.len() > 15 && detail.contains(' '),
        "{name}: no sentence: {problem}"
    );
    let insides = [
        "panicked",
        ".rs:",
        "SqliteFailure",
        "RUST_BACKTRACE",
        "/tmp/",
    ];
    for word in insides {
        assert!(
            !detail.contains(word),
            "{name}: shows its insides: {detail}"
        );
    }
    let fields = ["type", "title", "status", "code", "detail"];
    let known = problem
        .as_object()
        .is_some_and(|map| map.keys().all(|it| fields.contains(&&**it)));
    assert!(known, "{name}: {problem}");
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
        headers: vec![(
            "content-type".to_owned(),
            "application/problem+json".to_owned(),
        )],
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
