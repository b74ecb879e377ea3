//! Keys that are missing, wrong, revoked, expired, out of scope, or used from the wrong page.

use serde_json::{Value, json};

use super::{Bench, Case, check_problem, post};
use crate::support::http::Request;
use crate::support::{Client, cli, key, publishable_key, store};

const VOTE: &str = r#"{"message_id":"m1","feedback":"up"}"#;
const ORIGIN: &str = "https://app.example";

/// Every route that needs a key, with a body that is good where one is due.
const CLOSED: [(&str, &str, &str); 20] = [
    ("POST", "/api/feedback", VOTE),
    ("GET", "/api/feedback", ""),
    ("GET", "/api/feedback?type=summary", ""),
    ("POST", "/api/feedback/batch", "[]"),
    ("POST", "/api/feedback/mine", r#"{"message_ids":[],"user_id":"ana"}"#),
    ("POST", "/api/responses", r#"{"message_id":"m1"}"#),
    ("POST", "/api/responses/batch", "[]"),
    ("POST", "/api/signals", r#"{"message_id":"m1","signal":"copy"}"#),
    ("POST", "/api/import", "[]"),
    ("GET", "/api/analytics/approval", ""),
    ("GET", "/api/analytics/failures", ""),
    ("POST", "/api/query", r#"{"sql":"select 1"}"#),
    ("GET", "/api/export", ""),
    ("POST", "/api/users/erase", r#"{"user_id":"ana"}"#),
    ("POST", "/api/users/opt-out", r#"{"user_id":"ana"}"#),
    ("GET", "/api/projects", ""),
    ("POST", "/api/projects", r#"{"name":"second"}"#),
    ("GET", "/api/keys", ""),
    ("POST", "/api/keys", r#"{"kind":"secret","scopes":["admin"]}"#),
    ("GET", "/metrics", ""),
];

fn request<'a>((method, target, body): (&'a str, &'a str, &'a str)) -> Request<'a> {
    match method {
        "GET" => Request::get(target),
        _ => post(target, body),
    }
}

#[test]
fn without_a_key_every_route_is_closed() {
    let mut bench = Bench::new();
    let mut client = bench.server.client();
    let case = |route: (&'static str, &'static str, &'static str)| Case {
        name: route.1,
        request: request(route),
        status: 401,
        code: "missing_key",
    };
    bench.refuse_all(&mut client, &CLOSED.map(case));
    let reply = client.get("/api/feedback");
    assert!(reply.header("www-authenticate").is_some(), "it says what it wants");
}

/// The routes that the API describes are the ones tested here: a new one cannot be forgotten.
#[test]
fn every_route_that_the_api_describes_is_open_on_purpose_or_closed() {
    let bench = Bench::new();
    let described = bench.server.client().get("/openapi.json").expect(200).json();
    let mut client: Client = bench.server.client();
    for (path, methods) in described["paths"].as_object().expect("an object") {
        for method in methods.as_object().expect("an object").keys() {
            let open = ["/", "/health", "/openapi.json", "/docs/api"].contains(&path.as_str());
            let method = method.to_uppercase();
            let body = if method == "GET" { "" } else { "{}" };
            let request = Request { method: &method, ..post(path, body) };
            let reply = client.send(&request);
            let expected = if open { 200 } else { 401 };
            assert_eq!(reply.status, expected, "{method} {path}: {}", reply.text());
        }
    }
}

#[test]
fn keys_that_are_not_ours_are_refused() {
    let bench = Bench::new();
    let secret = &bench.secret;
    let truncated = &secret[..secret.len() - 1];
    let last = if secret.ends_with('A') { 'B' } else { 'A' };
    let forged = format!("{truncated}{last}");
    let longer = format!("{secret}A");
    let made_up = "tw_sk_aaaaaaaaaaaaa_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let bearer = |key: &str| format!("Bearer {key}");
    let huge = bearer(&"A".repeat(8_000));
    let headers = [
        ("truncated", bearer(truncated)),
        ("forged", bearer(&forged)),
        ("longer", bearer(&longer)),
        ("made up", bearer(made_up)),
        ("capitals", bearer(&secret.to_uppercase())),
        ("another prefix", bearer(&secret.replacen("tw_sk_", "tw_pk_", 1))),
        ("no key at all", "Bearer".to_owned()),
        ("an empty key", "Bearer ".to_owned()),
        ("another scheme", format!("Basic {secret}")),
        ("no scheme", secret.clone()),
        ("a huge key", huge),
        ("SQL", bearer("tw_sk_' or 1=1 --_x")),
    ];
    let mut client = bench.server.client();
    for (name, value) in &headers {
        for route in [CLOSED[0], CLOSED[1], CLOSED[12]] {
            let reply = client.send(&request(route).header("authorization", value));
            check_problem(name, &reply, 401, "invalid_key");
        }
    }
    // A key in the address would end up in logs, so it does not count there.
    let target = format!("/api/feedback?key={secret}");
    assert_eq!(client.get(&target).status, 401);
}

#[test]
fn revoked_and_expired_keys_are_refused() {
    let mut bench = Bench::new();
    let revoked = key(bench.data.path(), "ingest,read");
    let id = revoked.split('_').nth(2).expect("tw_sk_ID_…");
    cli(bench.data.path(), &["key", "revoke", id]).expect(0);
    let ended = json!({
        "kind": "secret", "scopes": ["ingest"], "expires_at": "2020-01-01T00:00:00Z",
    });
    let made = bench.client().post("/api/keys", &ended).expect(200).json();
    let expired = made["secret"].as_str().expect("text").to_owned();
    for (key, code) in [(revoked, "revoked_key"), (expired, "expired_key")] {
        let mut client = bench.server.client_with(&key);
        let case = Case { name: code, request: post("/api/feedback", VOTE), status: 401, code };
        bench.refuse_all(&mut client, &[case]);
    }
}

/// Each scope opens its own routes and none of the others.
#[test]
fn a_key_does_only_what_its_scopes_say() {
    let mut bench = Bench::new();
    let needs = |(_, target, _): (&str, &str, &str)| match target {
        "/api/feedback?type=summary" | "/api/analytics/approval" | "/api/analytics/failures" => {
            "read"
        }
        "/api/query" => "sql",
        "/api/export" => "export",
        "/api/import" | "/api/projects" | "/api/keys" | "/metrics" => "admin",
        target if target.starts_with("/api/users/") => "erase",
        _ => "ingest",
    };
    for scope in ["ingest", "read", "export", "sql", "admin", "erase"] {
        let mut client = bench.server.client_with(&key(bench.data.path(), scope));
        let read = |route: &(&str, &str, &str)| route.0 == "GET" && route.1 == "/api/feedback";
        let others = CLOSED.into_iter().filter(|route| !read(route) && needs(*route) != scope);
        let case = |route: (&'static str, &'static str, &'static str)| Case {
            name: route.1,
            request: request(route),
            status: 403,
            code: "missing_scope",
        };
        bench.refuse_all(&mut client, &others.map(case).collect::<Vec<_>>());
        // The control: its own routes are open.
        for route in CLOSED.into_iter().filter(|route| !read(route) && needs(*route) == scope) {
            if route.0 == "POST" && route.1 == "/api/projects" {
                // A key belongs to one project, so it makes no other.
                check_problem(scope, &client.send(&request(route)), 403, "owner_only");
                continue;
            }
            let reply = client.send(&request(route));
            assert!(![401, 403].contains(&reply.status), "{scope}: {}: {}", route.1, reply.text());
        }
    }
}

#[test]
fn a_publishable_key_works_on_its_pages_and_only_for_collecting() {
    let bench = Bench::new();
    let page = publishable_key(bench.data.path(), ORIGIN);
    let vote = format!(r#"{{"message_id":"p1","feedback":"up","user_id":"b1","key":"{page}"}}"#);
    let plain = |body| post("/api/feedback", body).header("content-type", "text/plain");
    let mut client = bench.server.client();
    let good = client.send(&plain(&vote).header("origin", ORIGIN)).expect(200);
    assert_eq!(good.header("access-control-allow-origin"), Some(ORIGIN));
    let before = store::counts(bench.data.path());

    let origins = [
        "https://evil.example",
        "http://app.example",
        "https://app.example:444",
        "https://app.example.evil.example",
        "https://APP.example.",
        "null",
        "",
    ];
    for origin in origins {
        let reply = client.send(&plain(&vote).header("origin", origin));
        check_problem(origin, &reply, 403, "origin_not_allowed");
        // The page may read why, and nothing else: no cookie of ours goes with its calls.
        assert_eq!(reply.header("access-control-allow-credentials"), None, "{origin}");
    }
    check_problem("no origin", &client.send(&plain(&vote)), 403, "origin_not_allowed");
    let no_key = client.send(&plain(VOTE).header("origin", ORIGIN));
    check_problem("no key in the body", &no_key, 401, "missing_key");
    let number = format!(r#"{{"message_id":"p1","feedback":"up","key":{}}}"#, 7);
    let reply = client.send(&plain(&number).header("origin", ORIGIN));
    check_problem("a number as key", &reply, 401, "missing_key");

    let mut client = bench.server.client_with(&page);
    let collect = ["/api/feedback", "/api/feedback/mine", "/api/signals"];
    for route in CLOSED {
        if route.0 == "POST" && collect.contains(&route.1) {
            continue;
        }
        let reply = client.send(&request(route).header("origin", ORIGIN));
        check_problem(route.1, &reply, 403, "missing_scope");
    }
    assert_eq!(store::counts(bench.data.path()), before);
}

/// Everyone who sees a page has its key: whoever uses it too often has to wait, others not.
#[test]
fn a_publishable_key_is_limited_and_a_secret_key_is_not() {
    let mut bench = Bench::new();
    let page = publishable_key(bench.data.path(), ORIGIN);
    let mut client = bench.server.client_with(&page);
    let vote = |n: usize| format!(r#"{{"message_id":"r{n}","feedback":"up"}}"#);
    let mut refused: Option<Value> = None;
    for n in 0..500 {
        let body = vote(n);
        let reply = client.send(&post("/api/feedback", &body).header("origin", ORIGIN));
        if reply.status != 200 {
            check_problem("too often", &reply, 429, "rate_limited");
            assert!(reply.header("retry-after").is_some());
            refused = Some(reply.json());
            break;
        }
    }
    assert!(refused.is_some(), "500 writes at once passed");
    let mut client = bench.client();
    for n in 0..200 {
        let body = vote(n);
        client.send(&post("/api/feedback", &body)).expect(200);
    }
    bench.assert_alive();
}
