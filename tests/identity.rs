//! Identity: nobody writes in another's name, and nobody learns a name from what is stored.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::http::Request;
use crate::support::{
    ALL_SCOPES, Client, Options, PATIENCE, Reply, Server, cli, folder, key, publishable_key, store,
    until,
};

const ORIGIN: &str = "https://app.example";
/// Part of every user id that must not be found anywhere.
const CANARY: &str = "zq7canary";
/// Part of a comment that must be found, or the search is worth nothing.
const CONTROL: &str = "zq7control";
const CANDIDATES: usize = 1_000_000;

/// What a publishable key may send: a plain text body, so that a browser asks no permission.
#[track_caller]
fn from_browser(client: &mut Client, target: &str, mut body: Value, key: &str) -> Reply {
    body["key"] = key.into();
    let body = body.to_string();
    let request = Request { headers: Vec::new(), ..Request::json(target, body.as_bytes()) };
    client.send(&request.header("content-type", "text/plain").header("origin", ORIGIN))
}

#[test]
fn writes_under_different_credentials_never_take_over_one_another() {
    let data = folder();
    let server = Server::start(data.path());
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    let page = publishable_key(data.path(), ORIGIN);
    let mut browser = server.client();
    let vote = |thumb: Value| json!({ "message_id": "m1", "feedback": thumb, "user_id": "ana" });
    let nameless = || json!({ "message_id": "m1", "feedback": "down" });

    client.post("/api/feedback", &vote(json!("up"))).expect(200);
    from_browser(&mut browser, "/api/feedback", vote(json!("down")), &page).expect(200);
    client.post("/api/feedback", &nameless()).expect(200);
    client.post("/api/feedback", &nameless()).expect(200);
    let thumbs = |expected: &[(&str, &str)]| {
        let mut found = by_trust(data.path());
        found.sort();
        let expected = expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
        assert_eq!(found, expected.collect::<Vec<_>>());
    };
    let all = [("public", "down"), ("secret", "down"), ("secret", "down"), ("secret", "up")];
    thumbs(&all);

    // Each changes only its own, and takes only its own back.
    from_browser(&mut browser, "/api/feedback", vote(json!("up")), &page).expect(200);
    thumbs(&[("public", "up"), ("secret", "down"), ("secret", "down"), ("secret", "up")]);
    from_browser(&mut browser, "/api/feedback", vote(Value::Null), &page).expect(200);
    thumbs(&all[1..]);
    client.post("/api/feedback", &vote(Value::Null)).expect(200);
    thumbs(&all[1..3]);
}

/// Pseudonyms stand in exports. Knowing one must not let a page write under it.
#[test]
fn a_page_cannot_write_under_a_pseudonym_it_has_seen() {
    let data = folder();
    let server = Server::start(data.path());
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    let page = publishable_key(data.path(), ORIGIN);
    let vote = json!({ "message_id": "m1", "feedback": "up", "user_id": "ana" });
    client.post("/api/feedback", &vote).expect(200);
    let pseudonym = store::feedback(data.path())[0].1.clone();
    let forged = json!({ "message_id": "m1", "feedback": "down", "user_id": pseudonym });
    from_browser(&mut server.client(), "/api/feedback", forged, &page);
    let rows = store::feedback(data.path());
    let own: Vec<_> = rows.iter().filter(|row| row.1 == pseudonym).collect();
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].2, "up", "{rows:?}");
}

#[test]
fn a_page_cannot_change_the_text_that_a_server_told() {
    let data = folder();
    let server = Server::start(data.path());
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    let page = publishable_key(data.path(), ORIGIN);
    let told = json!({
        "message_id": "m1", "feedback": "up", "user_id": "ana", "action_type": "todo",
        "user_message": "Add milk to my list", "assistant_response": "Added it.",
    });
    client.post("/api/feedback", &told).expect(200);
    let lie = json!({
        "message_id": "m1", "feedback": "up", "user_id": "browser-1", "action_type": "evil",
        "user_message": "poison", "assistant_response": "poison", "model": "poison",
    });
    from_browser(&mut server.client(), "/api/feedback", lie, &page).expect(200);
    let listed = client.get("/api/feedback").expect(200).json();
    for row in listed["feedback"].as_array().expect("a list") {
        assert_eq!(row["user_message"], "Add milk to my list", "{row}");
        assert_eq!(row["assistant_response"], "Added it.", "{row}");
        assert_eq!(row["action_type"], "todo", "{row}");
    }
}

#[test]
fn a_page_reads_back_only_what_its_browser_wrote() {
    let data = folder();
    let server = Server::start(data.path());
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    let page = publishable_key(data.path(), ORIGIN);
    let mut browser = server.client();
    for (message, user) in [("m1", "ana"), ("m2", "ana"), ("m3", "ben")] {
        let vote = json!({ "message_id": message, "feedback": "up", "user_id": user });
        client.post("/api/feedback", &vote).expect(200);
    }
    let own = json!({ "message_id": "m2", "feedback": "down", "user_id": "ana" });
    from_browser(&mut browser, "/api/feedback", own, &page).expect(200);
    let mine = |browser: &mut Client, user: &str| {
        let ask = json!({ "message_ids": ["m1", "m2", "m3"], "user_id": user });
        let mine = from_browser(browser, "/api/feedback/mine", ask, &page).expect(200).json();
        let list = mine["feedback"].as_array().expect("a list").clone();
        let pair = |row: &Value| (row["message_id"].clone(), row["feedback"].clone());
        list.iter().map(pair).collect::<Vec<_>>()
    };
    assert_eq!(mine(&mut browser, "ana"), [(json!("m2"), json!("down"))]);
    assert_eq!(mine(&mut browser, "ben"), []);
}

/// The attack of someone who stole the database and has a list of a million people: hash each
/// of them with everything that the database offers. With the key beside it, it works.
#[test]
fn a_stolen_database_matches_nobody_without_the_key_file() {
    let data = folder();
    let server = Server::start(data.path());
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    let page = publishable_key(data.path(), ORIGIN);
    let mut browser = server.client();
    let user = |n: usize| format!("user{n}@example.com");
    for n in 0..40 {
        let id = user(n * (CANDIDATES / 40));
        let vote = json!({ "message_id": format!("m{n}"), "feedback": "up", "user_id": id });
        client.post("/api/feedback", &vote).expect(200);
        from_browser(&mut browser, "/api/feedback", vote, &page).expect(200);
    }
    assert_eq!(server.terminate().0, Some(0));

    let rows = store::feedback(data.path());
    let stolen: HashSet<[u8; 16]> = rows.iter().map(|row| raw_pseudonym(&row.1)).collect();
    assert_eq!(stolen.len(), 80);
    let keys = keys_to_try(data.path());
    for n in 0..CANDIDATES {
        let id = user(n);
        let plain = first_16(&Sha256::digest(&id));
        assert!(!stolen.contains(&plain), "plain SHA-256 of {id}");
        for key in &keys {
            let bare = mac(key, |mac| mac.update(id.as_bytes()));
            assert!(!stolen.contains(&bare), "HMAC of {id} under {key:?}");
        }
        // The published construction, with the key that a careless program would have.
        assert!(!stolen.contains(&published(&[0; 32], "thumbwheel/user/v1", &id)), "{id}");
    }

    let text = fs::read_to_string(data.path().join("secret.key")).expect("it is there");
    let pepper = HEXLOWER.decode(text.trim().as_bytes()).expect("hexadecimal");
    for (domain, expected) in [("thumbwheel/user/v1", 40), ("thumbwheel/browser/v1", 40)] {
        let ids = (0..40).map(|n| user(n * (CANDIDATES / 40)));
        let matched = ids.filter(|id| stolen.contains(&published(&pepper, domain, id)));
        assert_eq!(matched.count(), expected, "{domain}: with the key everyone is found");
    }
}

/// Keys that lie in the database, or that a careless program would use.
fn keys_to_try(data: &Path) -> Vec<Vec<u8>> {
    let db = store::open(data);
    let mut statement = db.prepare("select value from meta").expect("the table is there");
    let values = statement.query_map([], |row| row.get::<_, String>(0)).expect("readable");
    let mut keys = vec![Vec::new(), b"thumbwheel".to_vec()];
    for value in values {
        let value = value.expect("readable");
        keys.extend(HEXLOWER.decode(value.as_bytes()).ok().filter(|it| !it.is_empty()));
        keys.push(value.into_bytes());
    }
    keys
}

fn mac(key: &[u8], feed: impl FnOnce(&mut Hmac<Sha256>)) -> [u8; 16] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes any key length");
    feed(&mut mac);
    first_16(&mac.finalize().into_bytes())
}

/// The construction that `src/privacy/pseudonym.rs` tells, for project 1.
fn published(pepper: &[u8], domain: &str, id: &str) -> [u8; 16] {
    mac(pepper, |mac| {
        for part in [domain.as_bytes(), &1_i64.to_le_bytes(), id.as_bytes()] {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
    })
}

fn first_16(bytes: &[u8]) -> [u8; 16] {
    bytes[..16].try_into().expect("a hash is longer")
}

fn raw_pseudonym(user_id: &str) -> [u8; 16] {
    let body = user_id.strip_prefix("twu_").expect("a pseudonym").to_uppercase();
    let bytes = BASE32_NOPAD.decode(body.as_bytes()).expect("base32");
    bytes.try_into().expect("16 bytes")
}

#[test]
fn a_raw_user_id_is_in_no_file_no_log_line_and_no_error() {
    let data = folder();
    // As talkative as it gets.
    let environment = vec![("THUMBWHEEL_LOG".to_owned(), "trace".to_owned())];
    let server = Server::start_with(data.path(), &Options { environment, ..Options::default() });
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    let page = publishable_key(data.path(), ORIGIN);
    let mut replies = send_canaries(&mut client, &mut server.client(), &page);
    replies.extend(send_bad_canaries(&mut client));
    let import = outside_file(&(100..150).map(|n| line_about(&canary(n))).collect::<String>());
    let path = import.path().to_str().expect("UTF-8");
    let said = cli(data.path(), &["import", path, "--from", "jsonl"]);
    let refused = outside_file(&format!("{{\"user_id\": \"{}\", \"feedback\": 1}}\n", canary(199)));
    let path = refused.path().to_str().expect("UTF-8");
    let said_of_bad = cli(data.path(), &["import", path, "--from", "jsonl"]);
    // Whatever the warehouse keeps has to be there, too.
    client.post("/api/query", &json!({ "sql": "select count(*) from feedback" })).expect(200);

    let told = replies.iter().map(|reply| String::from_utf8_lossy(&reply.body));
    let leaks: Vec<_> = told.filter(|text| text.contains(CANARY)).collect();
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    for output in [&said, &said_of_bad] {
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(!stdout.contains(CANARY) && !output.stderr.contains(CANARY), "{output:?}");
    }
    let running = files_with(data.path(), CANARY);
    assert_eq!(running, Vec::<PathBuf>::new(), "while the server runs");
    assert!(!files_with(data.path(), CONTROL).is_empty(), "the search finds what is there");
    let (code, log) = server.terminate();
    assert_eq!(code, Some(0));
    assert_eq!(files_with(data.path(), CANARY), Vec::<PathBuf>::new(), "after the server");
    let line = log.lines().find(|line| line.contains(CANARY));
    assert_eq!(line, None, "in the log");
}

/// The n-th user id that nobody may find.
fn canary(n: usize) -> String {
    format!("{CANARY}-{n}@example.com")
}

fn line_about(user: &str) -> String {
    let row = json!({ "message_id": "imported", "feedback": "up", "user_id": user });
    format!("{row}\n")
}

/// A file outside of the data folder.
fn outside_file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(".jsonl").tempfile().expect("writable");
    fs::write(file.path(), text).expect("writable");
    file
}

/// Sends ids through every door that takes one.
fn send_canaries(client: &mut Client, browser: &mut Client, page: &str) -> Vec<Reply> {
    let mut replies = Vec::new();
    let vote = |n: usize| {
        json!({
            "message_id": format!("m{n}"), "feedback": "up", "user_id": canary(n),
            "comment": format!("{CONTROL} {n}"),
        })
    };
    for n in 0..40 {
        let body = vote(n).to_string();
        let key = format!("once-{n}");
        let request = Request::json("/api/feedback", body.as_bytes());
        replies.push(client.send(&request.header("idempotency-key", &key)).expect(200));
        let body = vote(40 + n);
        replies.push(from_browser(browser, "/api/feedback", body, page).expect(200));
    }
    let batch: Vec<Value> = (80..100).map(vote).collect();
    replies.push(client.post("/api/feedback/batch", &json!(batch)).expect(200));
    let signal = json!({ "message_id": "m1", "signal": "copy", "user_id": canary(150) });
    replies.push(client.post("/api/signals", &signal).expect(200));
    let mine = json!({ "message_ids": ["m1"], "user_id": canary(1) });
    replies.push(client.post("/api/feedback/mine", &mine).expect(200));
    for (target, n) in [("export", 2), ("opt-out", 3), ("erase", 4), ("erase", 151)] {
        let body = json!({ "user_id": canary(n) });
        replies.push(client.post(&format!("/api/users/{target}"), &body).expect(200));
    }
    replies.push(client.post("/api/feedback", &vote(3)).expect(202));
    replies
}

/// Sends ids inside requests that are refused.
fn send_bad_canaries(client: &mut Client) -> Vec<Reply> {
    let id = canary(198);
    let bodies = [
        json!({ "message_id": "m1", "feedback": "sideways", "user_id": id }).to_string(),
        json!({ "message_id": "m1", "feedback": "up", "user_id": format!("{id}\u{7}") })
            .to_string(),
        json!({ "message_id": "m1", "feedback": "up", "user_id": [id] }).to_string(),
        json!({ "message_id": "m1", "feedback": "up", "user_id": { "id": id } }).to_string(),
        json!({ "message_id": "m1", "feedback": "up", "user_id": id.repeat(20) }).to_string(),
        json!({ "message_id": "m1", "feedback": "up", "user_id": id, "extra": 1 }).to_string(),
        format!("{{\"message_id\": \"m1\", \"user_id\": \"{id}\", \"user_id\": \"{id}\"}}"),
        format!("{{\"message_id\": \"m1\", \"user_id\": \"{id}\" oops"),
        format!("\"{id}\""),
    ];
    let targets = ["/api/feedback", "/api/users/erase", "/api/users/opt-out", "/api/signals"];
    let mut replies = Vec::new();
    for target in targets {
        for body in &bodies {
            let reply = client.send(&Request::json(target, body.as_bytes()));
            assert!((400..500).contains(&reply.status), "{target}: {}: {body}", reply.status);
            replies.push(reply);
        }
    }
    replies
}

/// Trust and thumb of every current feedback.
fn by_trust(data: &Path) -> Vec<(String, String)> {
    let db = store::open(data);
    let mut statement = db.prepare("select trust, feedback from thumbs").expect("it is there");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("readable");
    rows.collect::<Result<_, _>>().expect("readable")
}

/// Files below a folder that contain a text, in any place.
fn files_with(folder: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("readable") {
            let entry = entry.expect("readable");
            let kind = entry.file_type().expect("known");
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                let bytes = fs::read(entry.path()).expect("readable");
                if contains(&bytes, text.as_bytes()) {
                    found.push(entry.path());
                }
            }
        }
    }
    found
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == part[0]);
    starts.into_iter().any(|(at, _)| bytes[at..].starts_with(part))
}

/// What is erased is gone from every answer and, soon, from every file, the mirror's included.
#[test]
fn an_erased_user_is_in_no_answer_and_in_no_file() {
    let data = folder();
    let server = Server::start(data.path());
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    for n in 0..60 {
        let user = if n % 3 == 0 { "ana" } else { "ben" };
        let comment = if n % 3 == 0 { CANARY } else { CONTROL };
        let vote = json!({
            "message_id": format!("m{n}"), "feedback": "down", "user_id": user,
            "user_message": format!("{comment} asks {n}"), "comment": format!("{comment} says {n}"),
        });
        client.post("/api/feedback", &vote).expect(200);
    }
    let count = |client: &mut Client| {
        let sql = json!({ "sql": "select count(*) as n from feedback" });
        client.post("/api/query", &sql).expect(200).json()["rows"][0]["n"].clone()
    };
    assert_eq!(count(&mut client), 60);
    let ana = store::feedback(data.path()).into_iter().find(|row| row.0 == "m0");
    let ana = ana.expect("it is there").1;
    assert!(
        !files_with(data.path(), CANARY).is_empty() && !files_with(data.path(), &ana).is_empty()
    );

    let erased = client.post("/api/users/erase", &json!({ "user_id": "ana" })).expect(200).json();
    assert_eq!((&erased["thumbs"], &erased["user_ids"][0]), (&json!(20), &json!(ana)));
    assert_eq!(count(&mut client), 40, "the next answer knows");
    assert!(!client.get("/api/export?format=jsonl").expect(200).text().contains(CANARY));
    // Twice in a row, because a file may be looked at just before the text moves into it.
    let mut clean = 0;
    until("the text is in no file", PATIENCE, || {
        clean = if files_with(data.path(), CANARY).is_empty() { clean + 1 } else { 0 };
        (clean == 2).then_some(())
    });
    assert!(!files_with(data.path(), CONTROL).is_empty(), "others stay");
    assert_eq!(server.terminate().0, Some(0));
    assert_eq!(files_with(data.path(), CANARY), Vec::<PathBuf>::new());
}

#[test]
fn of_a_user_who_opted_out_nothing_is_stored() {
    let data = folder();
    let server = Server::start(data.path());
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    client.post("/api/users/opt-out", &json!({ "user_id": "ana" })).expect(200);
    let before = store::counts(data.path());
    let vote = json!({ "message_id": "m1", "feedback": "up", "user_id": "ana", "comment": CANARY });
    let reply = client.post("/api/feedback", &vote).expect(202).json();
    assert_eq!(reply, json!({ "stored": false, "reason": "opted_out" }));
    let batch = client.post("/api/feedback/batch", &json!([vote])).expect(200).json();
    assert_eq!(batch["rejected"], 0, "{batch}");
    let signal = json!({ "message_id": "m1", "signal": "copy", "user_id": "ana" });
    client.post("/api/signals", &signal).expect(202);
    assert_eq!(store::counts(data.path()), before);
    assert_eq!(files_with(data.path(), CANARY), Vec::<PathBuf>::new());
    client.post("/api/users/opt-out", &json!({ "user_id": "ana", "opted_out": false })).expect(200);
    client.post("/api/feedback", &vote).expect(200);
}

/// One idempotency key belongs to one API key: another caller's is another request.
#[test]
fn idempotency_keys_of_different_callers_do_not_meet() {
    let data = folder();
    let server = Server::start(data.path());
    let mut replies = BTreeMap::new();
    for caller in 0..2 {
        let mut client = server.client_with(&key(data.path(), "ingest"));
        let vote = json!({ "message_id": format!("m{caller}"), "feedback": "up" }).to_string();
        let request = Request::json("/api/feedback", vote.as_bytes());
        let reply = client.send(&request.header("idempotency-key", "same")).expect(200);
        replies.insert(caller, reply.json()["feedback"]["message_id"].clone());
    }
    assert_eq!(replies[&1], "m1", "the second caller got the first one's reply");
    assert_eq!(store::feedback(data.path()).len(), 2);
}
