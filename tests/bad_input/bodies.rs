//! Bodies that are no JSON, not the documented JSON, or too much of it.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::{Bench, Case, post};
use crate::support::http::Request;

/// A good vote with one field changed or added.
fn with(name: &str, value: Value) -> String {
    let mut vote = json!({ "message_id": "m1", "feedback": "up", "user_id": "ana" });
    vote[name] = value;
    vote.to_string()
}

fn without(name: &str) -> String {
    let mut vote = json!({ "message_id": "m1", "feedback": "up", "user_id": "ana" });
    vote.as_object_mut().expect("an object").remove(name);
    vote.to_string()
}

fn nested(depth: usize) -> String {
    let value = "[".repeat(depth) + &"]".repeat(depth);
    format!(r#"{{"message_id":"m1","feedback":"up","action_data":{{"x":{value}}}}}"#)
}

fn many_keys(n: usize) -> Value {
    (0..n).map(|n| (format!("k{n}"), json!(n))).collect::<serde_json::Map<_, _>>().into()
}

#[test]
fn text_that_is_no_json_is_refused() {
    let texts: [(&str, &[u8]); 14] = [
        ("an empty body", b""),
        ("white space", b"  \n"),
        ("half an object", br#"{"message_id": "m1""#),
        ("something after the end", br#"{"message_id":"m1","feedback":"up"} x"#),
        ("two objects", br#"{"message_id":"m1","feedback":"up"}{"message_id":"m2"}"#),
        ("single quotes", b"{'message_id': 'm1', 'feedback': 'up'}"),
        ("a trailing comma", br#"{"message_id":"m1","feedback":"up",}"#),
        ("a comment", br#"{"message_id":"m1",/* hi */"feedback":"up"}"#),
        ("a byte order mark", b"\xEF\xBB\xBF{\"message_id\":\"m1\",\"feedback\":\"up\"}"),
        ("NaN", br#"{"message_id":"m1","feedback":"up","action_data":{"x":NaN}}"#),
        ("too large a number", br#"{"message_id":"m1","feedback":"up","action_data":{"x":1e400}}"#),
        ("a lone surrogate", br#"{"message_id":"m1","feedback":"up","comment":"\ud800"}"#),
        ("invalid UTF-8", b"{\"message_id\":\"m1\",\"feedback\":\"up\",\"comment\":\"\xC3\x28\"}"),
        ("a raw control character", b"{\"message_id\":\"m1\",\"feedback\":\"up\x01\"}"),
    ];
    let case = |(name, body)| Case {
        name,
        request: Request::json("/api/feedback", body),
        status: 400,
        code: "invalid_json",
    };
    let mut bench = Bench::new();
    let mut client = bench.client();
    bench.refuse_all(&mut client, &texts.map(case));
}

#[test]
fn json_that_is_not_as_documented_is_refused() {
    let long = "x".repeat(257);
    let nul = "a\u{0}b";
    let bodies = [
        ("an array", "[]".to_owned()),
        ("a string", "\"up\"".to_owned()),
        ("null", "null".to_owned()),
        ("no message", without("message_id")),
        ("no thumb", without("feedback")),
        ("another word", with("feedback", json!("sideways"))),
        ("capitals", with("feedback", json!("UP"))),
        ("a number as thumb", with("feedback", json!(1))),
        ("a truth as thumb", with("feedback", json!(true))),
        ("a number as message", with("message_id", json!(7))),
        ("an empty message", with("message_id", json!(""))),
        ("null as message", with("message_id", json!(null))),
        ("a long message", with("message_id", json!(long))),
        ("a message of two lines", with("message_id", json!("a\nb"))),
        ("NUL in a message", with("message_id", json!(nul))),
        ("a number as user", with("user_id", json!(7))),
        ("an empty user", with("user_id", json!(""))),
        ("a long user", with("user_id", json!(long))),
        ("a list as user", with("user_id", json!(["ana"]))),
        ("an unknown field", with("thumb", json!("up"))),
        ("a field that is ours", with("trust", json!("secret"))),
        ("another field that is ours", with("created_at", json!("2026-01-01T00:00:00Z"))),
        ("a project of one's choice", with("project_id", json!(2))),
        ("a number as comment", with("comment", json!(7))),
        ("NUL in a comment", with("comment", json!(nul))),
        ("a long comment", with("comment", json!("x".repeat(200_001)))),
        ("a word as reasons", with("reasons", json!("bad"))),
        ("too many reasons", with("reasons", json!(vec!["bad"; 21]))),
        ("an empty reason", with("reasons", json!([""]))),
        ("a number as reason", with("reasons", json!([7]))),
        ("an empty action type", with("action_type", json!(""))),
        ("a long action type", with("action_type", json!("x".repeat(201)))),
        ("text as action data", with("action_data", json!("x"))),
        ("a list as action data", with("action_data", json!([1]))),
        ("NUL in action data", with("action_data", json!({ "x": nul }))),
        ("too many keys", with("action_data", many_keys(257))),
        ("text as messages", with("messages", json!("hi"))),
        ("a word as time", with("client_ts", json!("yesterday"))),
        ("a time without a zone", with("client_ts", json!("2026-11-23T10:00:00"))),
        ("a number as time", with("client_ts", json!(1_795_000_000))),
        (
            "a field given twice",
            r#"{"message_id":"m1","feedback":"up","feedback":"down"}"#.to_owned(),
        ),
    ];
    let mut cases = Vec::new();
    for (name, body) in &bodies {
        let request = post("/api/feedback", body);
        cases.push(Case { name, request, status: 400, code: "invalid_field" });
    }
    let mut bench = Bench::new();
    let mut client = bench.client();
    bench.refuse_all(&mut client, &cases);
}

#[test]
fn too_deep_too_large_and_wrongly_packed_bodies_are_refused() {
    let (deep, deeper) = (nested(65), nested(100_000));
    let large = with("assistant_response", json!("x".repeat(300 << 10)));
    let bomb = gzip(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 100_000, "the bomb is small before it goes off");
    let broken = [&gzip(without("user_id").as_bytes())[..20], b"x"].concat();
    let good = without("user_id");
    let packed =
        |body, encoding| Request::json("/api/feedback", body).header("content-encoding", encoding);
    let typed = |media_type| post("/api/feedback", &good).header("content-type", media_type);
    let case = |name, request, status, code| Case { name, request, status, code };
    let cases = [
        case("65 levels", post("/api/feedback", &deep), 400, "too_deep"),
        case("100,000 levels", post("/api/feedback", &deeper), 400, "too_deep"),
        case("300 KiB", post("/api/feedback", &large), 413, "body_too_large"),
        case("a gzip bomb", packed(&bomb, "gzip"), 413, "body_too_large"),
        case("half a gzip", packed(&broken, "gzip"), 400, "invalid_body"),
        case("no gzip", packed(good.as_bytes(), "gzip"), 400, "invalid_body"),
        case("brotli", packed(good.as_bytes(), "br"), 415, "unsupported_encoding"),
        case("twice packed", packed(good.as_bytes(), "gzip, gzip"), 415, "unsupported_encoding"),
        case("XML", typed("application/xml"), 415, "unsupported_media_type"),
        case("a form", typed("application/x-www-form-urlencoded"), 415, "unsupported_media_type"),
    ];
    let mut bench = Bench::new();
    let mut client = bench.client();
    bench.refuse_all(&mut client, &cases);

    // The control: what is merely packed is taken.
    let packed_well = gzip(without("user_id").as_bytes());
    let request = Request::json("/api/feedback", &packed_well);
    client.send(&request.header("content-encoding", "gzip")).expect(200);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut zip = GzEncoder::new(Vec::new(), Compression::best());
    zip.write_all(bytes).expect("in memory");
    zip.finish().expect("in memory")
}

/// What is good in a batch is stored, what is bad is named by its place.
#[test]
fn a_bad_item_never_sinks_its_neighbours() {
    let mut bench = Bench::new();
    let mut client = bench.client();
    let lines = [
        r#"{"message_id":"b0","feedback":"up"}"#,
        r#"{"message_id":"b1","feedback":"sideways"}"#,
        r#"not json"#,
        r#"{"message_id":"b3","feedback":"down","comment":"\ud800"}"#,
        r#"{"message_id":"b4","feedback":"down"}"#,
        r#"{"feedback":"down"}"#,
    ];
    let array = format!("[{},{},{}]", lines[0].replace("b0", "c0"), lines[1], "7");
    let ndjson = lines.join("\n");
    for (body, accepted, bad) in [(ndjson, 2, vec![1, 2, 3, 5]), (array, 1, vec![1, 2])] {
        let request = post("/api/feedback/batch", &body);
        let reply = client.send(&request.header("content-type", "application/x-ndjson"));
        let reply = reply.expect(200).json();
        assert_eq!(reply["accepted"], accepted, "{reply}");
        assert_eq!(reply["rejected"], bad.len(), "{reply}");
        let errors = reply["errors"].as_array().expect("a list");
        let places: Vec<_> = errors.iter().map(|it| it["index"].clone()).collect();
        assert_eq!(json!(places), json!(bad));
        for error in errors {
            let detail = error["detail"].as_str().unwrap_or_default();
            assert!(error["code"].is_string() && detail.len() > 15, "{error}");
        }
    }
    bench.assert_alive();
}

#[test]
fn an_idempotency_key_is_for_one_request_and_not_too_long() {
    let mut bench = Bench::new();
    let mut client = bench.client();
    let once = |body, key| post("/api/feedback", body).header("idempotency-key", key);
    let first = r#"{"message_id":"i1","feedback":"up"}"#;
    let reply = client.send(&once(first, "k1")).expect(200);
    let again = client.send(&once(first, "k1")).expect(200);
    assert_eq!(again.text(), reply.text(), "the same request has the same answer");
    let other = r#"{"message_id":"i2","feedback":"up"}"#;
    let long = "k".repeat(256);
    let case = |name, request, status, code| Case { name, request, status, code };
    let cases = [
        case("reused", once(other, "k1"), 422, "idempotency_key_reused"),
        case("too long", once(other, &long), 400, "invalid_field"),
        case("empty", once(other, ""), 400, "invalid_field"),
    ];
    bench.refuse_all(&mut client, &cases);
}
