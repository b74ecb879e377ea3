//! What the HTTP API does for those who use it as documented.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::support::{ALL_SCOPES, Client, PATIENCE, Server, cli, folder, key};

fn post(client: &mut Client, path: &str, body: &Value) -> Value {
    client.post(path, body).expect(200).json()
}

/// The names of the events in a stream, in order, until it ends or `last` comes.
fn events_until(reader: &mut impl BufRead, last: &str) -> Vec<(String, String)> {
    let (mut seen, mut name) = (Vec::new(), String::new());
    let mut line = String::new();
    while reader.read_line(&mut line).expect("the stream is readable") > 0 {
        if let Some(found) = line.strip_prefix("event: ") {
            found.trim().clone_into(&mut name);
        } else if let Some(data) = line.strip_prefix("data: ") {
            seen.push((name.clone(), data.trim().to_owned()));
            if name == last {
                break;
            }
        }
        line.clear();
    }
    seen
}

#[test]
fn a_watcher_sees_feedback_as_it_comes_and_is_told_when_the_server_stops() {
    let data = folder();
    let secret = key(data.path(), ALL_SCOPES);
    let server = Server::start(data.path());
    let mut stream = TcpStream::connect(server.address()).expect("listening");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    let head = format!("GET /events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {secret}\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("sent");
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while line.trim() != "content-type: text/event-stream" {
        line.clear();
        assert!(reader.read_line(&mut line).expect("a head") > 0, "no stream of events");
    }

    let mut client = server.client_with(&secret);
    let vote = |thumb: Value| json!({ "message_id": "m1", "user_id": "ana", "feedback": thumb });
    for thumb in [json!("up"), json!("up"), json!("down"), Value::Null] {
        post(&mut client, "/api/feedback", &vote(thumb));
    }
    let stopper = std::thread::spawn(move || server.terminate());
    let seen = events_until(&mut reader, "bye");
    assert_eq!(stopper.join().expect("no panic").0, Some(0));
    let expected = [
        ("feedback", r#"{"message_id":"m1","feedback":"up"}"#),
        ("feedback", r#"{"message_id":"m1","feedback":"down"}"#),
        ("feedback", r#"{"message_id":"m1","feedback":null}"#),
        ("bye", "null"),
    ];
    let expected = expected.map(|(name, data)| (name.to_owned(), data.to_owned()));
    assert_eq!(seen, expected, "each change once, and what changed nothing not at all");
}

#[test]
fn responses_join_their_feedback_whichever_comes_first() {
    let data = folder();
    let server = Server::start(data.path());
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    let response = |id: &str| json!({ "message_id": id, "action_type": "todo", "model": "m-1" });
    let vote = |id: &str| json!({ "message_id": id, "feedback": "up" });
    assert_eq!(post(&mut client, "/api/responses", &response("first"))["created"], true);
    post(&mut client, "/api/feedback", &vote("first"));
    post(&mut client, "/api/feedback", &vote("later"));
    let batch = json!([response("later"), response("unrated"), { "message_id": "" }]);
    let reply = post(&mut client, "/api/responses/batch", &batch);
    assert_eq!((&reply["accepted"], &reply["errors"][0]["index"]), (&json!(2), &json!(2)));

    let summary = client.get("/api/feedback?type=summary").expect(200).json();
    assert_eq!(summary["summary"][0]["total_feedback"], 2, "{summary}");
    let sql = json!({ "sql": "select count(*) as n from responses" });
    assert_eq!(post(&mut client, "/api/query", &sql)["rows"][0]["n"], 3);
}

#[test]
fn pages_of_feedback_follow_one_another_until_all_were_seen_once() {
    let data = folder();
    let server = Server::start(data.path());
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    let votes: Vec<_> =
        (0..25).map(|n| json!({ "message_id": format!("m{n:02}"), "feedback": "up" })).collect();
    post(&mut client, "/api/feedback/batch", &json!(votes));
    let (mut seen, mut path) = (Vec::new(), "/api/feedback?limit=10".to_owned());
    loop {
        let page = client.get(&path).expect(200).json();
        let rows = page["feedback"].as_array().expect("a list");
        seen.extend(rows.iter().map(|row| row["message_id"].as_str().expect("text").to_owned()));
        let Some(next) = page["meta"]["next_cursor"].as_str() else { break };
        path = format!("/api/feedback?limit=10&cursor={next}");
    }
    let mut expected: Vec<_> = (0..25).map(|n| format!("m{n:02}")).collect();
    expected.reverse();
    assert_eq!(seen, expected, "newest first, none twice, none missing");
}

#[test]
fn an_operator_gets_a_copy_of_what_is_stored_of_a_user_and_nothing_of_others() {
    let data = folder();
    let server = Server::start(data.path());
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    for (user, id) in [("ana", "m1"), ("ana", "m2"), ("ben", "m3")] {
        let vote = json!({ "message_id": id, "user_id": user, "feedback": "down", "comment": id });
        post(&mut client, "/api/feedback", &vote);
    }
    let copy = post(&mut client, "/api/users/export", &json!({ "user_id": "ana" }));
    let comments: Vec<_> = copy["feedback"].as_array().expect("a list").iter().collect();
    let comments: Vec<_> = comments.iter().map(|row| row["comment"].as_str()).collect();
    assert_eq!(comments, [Some("m1"), Some("m2")]);
    let pseudonym = copy["user_ids"][0].clone();
    let again = post(&mut client, "/api/users/export", &json!({ "user_id": pseudonym }));
    assert_eq!(again["feedback"], copy["feedback"], "the pseudonym means the same person");
}

#[test]
fn figures_count_what_was_asked() {
    let data = folder();
    let server = Server::start(data.path());
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    for _ in 0..3 {
        client.get("/health").expect(200);
    }
    client.get("/api/keys?x=1").expect(400);
    let figures = client.get("/metrics").expect(200).text().to_owned();
    let line =
        |start: &str| figures.lines().find(|line| line.starts_with(start)).map(str::to_owned);
    let refused = line(r#"thumbwheel_http_requests_total{method="GET",route="/api/keys","#);
    assert_eq!(refused.as_deref().and_then(|it| it.rsplit(' ').next()), Some("1"), "{figures}");
}

#[test]
fn a_key_changes_the_time_zone_of_its_own_project_alone() {
    let data = folder();
    let server = Server::start(data.path());
    cli(data.path(), &["project", "create", "other"]).expect(0);
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    let set = |name: &str, zone: &str| json!({ "name": name, "zone": zone });
    let reply = post(&mut client, "/api/projects/set", &set("default", "asia/kolkata"));
    assert_eq!(reply["project"]["zone"], "Asia/Kolkata");
    client.post("/api/projects/set", &set("other", "Asia/Kolkata")).expect(404);
    client.post("/api/projects/set", &set("default", "Mars/Olympus")).expect(400);
    client.post("/api/projects", &json!({ "name": "third", "zone": "UTC" })).expect(403);
    let listed = client.get("/api/projects").expect(200).json();
    assert_eq!(listed["projects"][0]["zone"], "Asia/Kolkata", "{listed}");
    assert_eq!(cli(data.path(), &["project", "list"]).expect(0).lines().count(), 2);

    let vote =
        json!({ "message_id": "m1", "feedback": "up", "created_at": "2026-11-22T20:00:00Z" });
    post(&mut client, "/api/import", &json!([vote]));
    let trend = client.get("/api/analytics/trend").expect(200).json();
    assert_eq!(trend["buckets"][0]["label"], "2026-11-23", "the morning after in Kolkata");
}
