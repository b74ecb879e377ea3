//! Feedback tokens: with one, a page rates one answer for one user, and nothing else is possible.

mod forged;
mod strict;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::http::Request;
use crate::support::{ALL_SCOPES, Client, Options, Reply, Server, cli, folder, key, store};

/// What a page sends: a plain text body, so that browsers ask no permission first.
#[track_caller]
fn from_page(client: &mut Client, target: &str, body: &Value) -> Reply {
    let body = body.to_string();
    let request = Request { headers: Vec::new(), ..Request::json(target, body.as_bytes()) };
    let request = request.header("content-type", "text/plain;charset=UTF-8");
    client.send(&request.header("origin", "https://app.example"))
}

/// A token as an app signs it by itself, with nothing of ours.
pub(crate) fn signed(secret: &str, payload: &Value) -> String {
    let signed = format!("twm1.{}", BASE64URL_NOPAD.encode(payload.to_string().as_bytes()));
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes any key");
    let mac = mac.chain_update(&signed).finalize().into_bytes();
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&mac))
}

/// The id of a key, as its text shows it.
pub(crate) fn id_of(key: &str) -> &str {
    key.split('_').nth(2).expect("prefix, id and the rest")
}

/// Any time that tests do not live to see, in seconds.
pub(crate) const FAR: i64 = 4_000_000_000;

#[track_caller]
pub(crate) fn signing_key(server: &Server) -> String {
    cli(server.folder(), &["key", "create", "--signing"]).expect(0).trim().to_owned()
}

/// The rows of `thumbs` as message, thumb and trust.
fn thumbs(server: &Server) -> Vec<(String, String, String)> {
    let db = store::open(server.folder());
    let sql = "select message_id, feedback, trust from thumbs order by message_id, user_id";
    let mut statement = db.prepare(sql).expect("the table is there");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.expect("readable").collect::<Result<_, _>>().expect("readable")
}

fn row(message: &str, thumb: &str, trust: &str) -> (String, String, String) {
    (message.to_owned(), thumb.to_owned(), trust.to_owned())
}

#[test]
fn a_page_gives_changes_reads_and_takes_back_with_the_token_of_a_logged_response() {
    let data = folder();
    let server = Server::start(data.path());
    let mut app = server.client_with(&key(data.path(), ALL_SCOPES));
    let mut page = server.client();
    let answer = json!({ "message_id": "m1", "user_id": "ana", "action_type": "todo",
        "user_message": "Add milk to my list", "assistant_response": "Added it." });
    let logged = app.post("/api/responses", &answer).expect(200).json();
    let token = logged["token"].as_str().expect("a token").to_owned();
    assert!(logged["token_expires_at"].is_string(), "{logged}");
    let payload = token.split('.').nth(1).expect("a payload");
    let payload = BASE64URL_NOPAD.decode(payload.as_bytes()).expect("base64url");
    let payload = String::from_utf8(payload).expect("text");
    assert!(!payload.contains("ana"), "no raw user id: {payload}");

    let vote = |feedback: Value| json!({ "token": token, "feedback": feedback });
    let reply = from_page(&mut page, "/api/feedback", &vote(json!("up"))).expect(200).json();
    assert_eq!(reply["feedback"]["message_id"], "m1");
    assert!(reply["feedback"]["user_message"].is_null(), "a page is not told what was logged");
    assert_eq!(thumbs(&server), [row("m1", "up", "signed")]);

    let mut down = vote(json!("down"));
    down["reasons"] = json!(["wrong"]);
    down["comment"] = json!("That is not my list.");
    from_page(&mut page, "/api/feedback", &down).expect(200);
    let ask = json!({ "tokens": [token] });
    let mine = from_page(&mut page, "/api/feedback/mine", &ask).expect(200).json();
    assert_eq!(mine["feedback"][0]["feedback"], "down");
    assert_eq!(mine["feedback"][0]["comment"], "That is not my list.");

    // The app itself speaks of the same user.
    let ask = json!({ "message_ids": ["m1"], "user_id": "ana" });
    let known = app.post("/api/feedback/mine", &ask).expect(200).json();
    assert_eq!(known["feedback"][0]["feedback"], "down");

    let copy = json!({ "token": token, "signal": "copy" });
    from_page(&mut page, "/api/signals", &copy).expect(200);
    from_page(&mut page, "/api/feedback", &vote(Value::Null)).expect(200);
    assert_eq!(thumbs(&server), []);
    assert_eq!(store::counts(data.path())["signals"], 1);
}

#[test]
fn an_app_signs_tokens_by_itself_and_rotates_its_key() {
    let data = folder();
    let server = Server::start(data.path());
    let (old, new) = (signing_key(&server), signing_key(&server));
    let mut page = server.client();
    let token = |secret: &str, message: &str| {
        let kid = id_of(secret);
        let claims = json!({ "kid": kid, "message_id": message, "user_id": "ana", "exp": FAR });
        signed(secret, &claims)
    };
    let mut vote = |secret: &str, message: &str| {
        let body = json!({ "token": token(secret, message), "feedback": "up" });
        from_page(&mut page, "/api/feedback", &body)
    };
    // For a time both are in force.
    vote(&old, "m1").expect(200);
    vote(&new, "m2").expect(200);
    cli(data.path(), &["key", "revoke", id_of(&old)]).expect(0);
    assert_eq!(vote(&old, "m3").expect(401).json()["code"], "invalid_token");
    vote(&new, "m3").expect(200);
    let all = ["m1", "m2", "m3"].map(|message| row(message, "up", "signed"));
    assert_eq!(thumbs(&server), all);
    let users: Vec<_> = store::feedback(data.path()).into_iter().map(|row| row.1).collect();
    assert!(users.windows(2).all(|pair| pair[0] == pair[1]), "one user under both keys");

    // The key survives a restart though it is stored nowhere.
    drop(server);
    let server = Server::start(data.path());
    let body = json!({ "token": token(&new, "m4"), "feedback": "down" });
    from_page(&mut server.client(), "/api/feedback", &body).expect(200);
    let db = std::fs::read(data.path().join("thumbwheel.db")).expect("readable");
    let secret = new.rsplit('_').next().expect("a last part").as_bytes();
    assert!(!db.windows(secret.len()).any(|part| part == secret), "the database has the secret");
}

#[test]
fn the_command_line_makes_the_same_tokens() {
    let data = folder();
    let server = Server::start(data.path());
    let arguments = ["token", "mint", "--message-id", "m1", "--user-id", "ana", "--days", "2"];
    let token = cli(data.path(), &arguments).expect(0);
    let body = json!({ "token": token.trim(), "feedback": "up" });
    from_page(&mut server.client(), "/api/feedback", &body).expect(200);
    assert_eq!(thumbs(&server), [row("m1", "up", "signed")]);
    assert_eq!(cli(data.path(), &[&arguments[..7], &["0"]].concat()).code, Some(1));

    // Without a user it is for whoever has it, and still counts once.
    let token = cli(data.path(), &arguments[..4]).expect(0);
    for feedback in ["up", "down"] {
        let body = json!({ "token": token.trim(), "feedback": feedback });
        from_page(&mut server.client(), "/api/feedback", &body).expect(200);
    }
    assert_eq!(thumbs(&server).len(), 2);
}

/// An app may log an answer again, or make its token anew for each page.
#[test]
fn tokens_without_a_user_make_one_voter_of_an_answer_however_often_they_are_made() {
    let data = folder();
    let server = Server::start(data.path());
    let mut app = server.client_with(&key(data.path(), ALL_SCOPES));
    for feedback in ["up", "down", "up"] {
        let logged = app.post("/api/responses", &json!({ "message_id": "m1" })).expect(200).json();
        let vote = json!({ "token": logged["token"], "feedback": feedback });
        from_page(&mut server.client(), "/api/feedback", &vote).expect(200);
    }
    assert_eq!(thumbs(&server), [row("m1", "up", "signed")]);
    let many = json!([{ "message_id": "m2", "user_id": "ana" }]);
    let reply = app.post("/api/responses/batch", &many).expect(200).json();
    assert_eq!(reply["rejected"], 1, "a batch gives no tokens: {reply}");
}

#[test]
fn a_request_that_is_named_once_is_not_taken_for_one_about_another_answer() {
    let data = folder();
    let server = Server::start(data.path());
    let secret = signing_key(&server);
    let vote = |message: &str| {
        let kid = id_of(&secret);
        let claims = json!({ "kid": kid, "message_id": message, "user_id": "ana", "exp": FAR });
        let body = json!({ "token": signed(&secret, &claims), "feedback": "up",
            "idempotency_key": "k" });
        from_page(&mut server.client(), "/api/feedback", &body)
    };
    vote("m1").expect(200);
    assert_eq!(vote("m1").expect(200).header("idempotent-replayed"), Some("true"));
    vote("m2").expect(422);
    assert_eq!(thumbs(&server).len(), 1);
}

/// The first answers of a project may come together.
#[test]
fn the_first_tokens_of_a_project_are_signed_with_one_key() {
    let data = folder();
    let server = Server::start(data.path());
    let key = key(data.path(), ALL_SCOPES);
    std::thread::scope(|scope| {
        for n in 0..16 {
            let mut app = server.client_with(&key);
            let answer = json!({ "message_id": format!("m{n}") });
            scope.spawn(move || app.post("/api/responses", &answer).expect(200));
        }
    });
    let listed = cli(data.path(), &["key", "list"]).expect(0);
    assert_eq!(listed.lines().filter(|line| line.contains("signing")).count(), 1, "{listed}");
}

#[test]
fn a_page_can_read_why_it_was_refused() {
    let data = folder();
    let server = Server::start(data.path());
    let body = json!({ "token": "twm1.e30.AAAA", "feedback": "up" });
    let reply = from_page(&mut server.client(), "/api/feedback", &body).expect(401);
    assert_eq!(reply.header("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(reply.header("access-control-allow-credentials"), None);
    let listed = server
        .client()
        .send(&Request::get("/api/feedback").header("origin", "https://app.example"));
    let listed = listed.expect(401);
    assert_eq!(listed.header("access-control-allow-origin"), None, "pages read nothing else");
}

/// A token that an app signed holds the app's id of the user; it ends at the door all the same.
#[test]
fn a_raw_user_id_in_a_token_is_in_no_file_no_log_line_and_no_answer() {
    let data = folder();
    // As talkative as it gets.
    let environment = vec![("THUMBWHEEL_LOG".to_owned(), "trace".to_owned())];
    let server = Server::start_with(data.path(), &Options { environment, ..Options::default() });
    let secret = signing_key(&server);
    let mut app = server.client_with(&key(data.path(), ALL_SCOPES));
    let mut page = server.client();
    let user = "zq7canary@example.com";
    let claims = |exp: i64| {
        let (kid, message_id) = (id_of(&secret), "zq7control");
        json!({ "kid": kid, "message_id": message_id, "user_id": user, "exp": exp })
    };
    let token = signed(&secret, &claims(FAR));
    let mut told = Vec::new();
    for (token, feedback) in [
        (token.clone(), json!("up")),
        (signed(&secret, &claims(1)), json!("up")),
        (format!("{token}A"), json!("up")),
        (token.clone(), json!("sideways")),
    ] {
        let body = json!({ "token": token, "feedback": feedback });
        told.push(from_page(&mut page, "/api/feedback", &body).body);
        told.push(from_page(&mut page, "/api/feedback/mine", &json!({ "tokens": [token] })).body);
    }
    let beside = json!({ "token": token, "feedback": "up", "user_id": format!("other {user}") });
    told.push(from_page(&mut page, "/api/feedback", &beside).expect(401).body);
    let logged = json!({ "message_id": "m2", "user_id": user });
    told.push(app.post("/api/responses", &logged).expect(200).body);
    app.post("/api/query", &json!({ "sql": "select count(*) from feedback" })).expect(200);
    assert_eq!(thumbs(&server), [row("zq7control", "up", "signed")]);

    let (code, log) = server.terminate();
    assert_eq!(code, Some(0));
    let folders = [data.path().to_owned(), data.path().join("mirror")];
    let files = folders.iter().flat_map(|it| std::fs::read_dir(it).expect("readable"));
    let files = files.map(|it| it.expect("readable").path()).filter(|it| it.is_file());
    let kept: Vec<_> = files.map(|it| std::fs::read(it).expect("readable")).collect();
    let payload = BASE64URL_NOPAD.encode(user.as_bytes());
    for needle in ["zq7canary", &payload[4..payload.len() - 4], token.as_str()] {
        let holds = |text: &Vec<u8>| text.windows(needle.len()).any(|it| it == needle.as_bytes());
        assert!(!log.contains(needle), "the log has {needle}");
        assert!(!told.iter().any(holds) && !kept.iter().any(holds), "{needle} was kept or told");
    }
    let control = |text: &Vec<u8>| text.windows(10).any(|it| it == b"zq7control");
    assert!(told.iter().any(control) && kept.iter().any(control), "the search finds what is there");
}
