//! Tokens that nobody signed, or that were signed for something else.

use serde_json::{Value, json};

use super::{FAR, from_page, id_of, row, signed, signing_key, thumbs};
use crate::support::{ALL_SCOPES, Random, Server, cli, folder, key, store};

const FLIPS: usize = 10_000;
const REPLAYS: usize = 10_000;

#[test]
fn no_forged_changed_expired_or_foreign_token_stores_anything() {
    let data = folder();
    let server = Server::start(data.path());
    let secret = signing_key(&server);
    cli(data.path(), &["project", "create", "other"]).expect(0);
    let foreign = ["--project", "other", "key", "create", "--signing"];
    let foreign = cli(data.path(), &foreign).expect(0).trim().to_owned();
    let kid = id_of(&secret);
    let claims = json!({ "kid": kid, "message_id": "m1", "user_id": "ana", "exp": FAR });
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        claims
    };
    let good = signed(&secret, &claims);
    let other = signed(&secret, &with("message_id", json!("m2")));
    let before = store::counts(data.path());
    let mut page = server.client();

    let (payload, mac) = good.rsplit_once('.').expect("two parts");
    let (_, foreign_mac) = other.rsplit_once('.').expect("two parts");
    let bad = [
        signed("tw_fs_guessed", &claims),
        signed(&foreign, &claims),
        // Another project's key signs for that project alone; its kid does not fit here.
        signed(&secret, &with("kid", json!(id_of(&foreign)))),
        signed(&secret, &with("exp", json!(1_700_000_000))),
        signed(&secret, &with("project", json!("default"))),
        format!("{payload}.{foreign_mac}"),
        format!("{payload}."),
        format!("{payload}.{}", &mac[..22]),
        payload.to_owned(),
        good.replacen("twm1", "twm2", 1),
        String::new(),
        "x".repeat(100_000),
    ];
    for token in &bad {
        let body = json!({ "token": token, "feedback": "up" });
        let reply = from_page(&mut page, "/api/feedback", &body).expect(401);
        let code = reply.json()["code"].as_str().expect("a code").to_owned();
        assert!(["invalid_token", "expired_token"].contains(&code.as_str()), "{code}");
    }
    // A good token for another answer, or beside another user.
    for beside in [json!({ "message_id": "m2" }), json!({ "user_id": "ben" })] {
        let mut body = json!({ "token": good, "feedback": "up" });
        body.as_object_mut().expect("an object").extend(beside.as_object().cloned().expect("one"));
        from_page(&mut page, "/api/feedback", &body).expect(401);
        body.as_object_mut().expect("an object").remove("feedback");
        body["signal"] = json!("copy");
        from_page(&mut page, "/api/signals", &body).expect(401);
    }
    assert_eq!(store::counts(data.path()), before, "nothing was stored");

    // The control: the very same call with the good token is taken.
    let body = json!({ "token": good, "feedback": "up", "message_id": "m1", "user_id": "ana" });
    from_page(&mut page, "/api/feedback", &body).expect(200);
    assert_eq!(thumbs(&server), [row("m1", "up", "signed")]);
    assert!(
        cli(data.path(), &["--project", "other", "export", "--format", "jsonl"])
            .expect(0)
            .is_empty()
    );
}

#[test]
fn ten_thousand_flipped_bits_open_nothing() {
    let data = folder();
    let server = Server::start(data.path());
    let mut app = server.client_with(&key(data.path(), ALL_SCOPES));
    let logged = json!({ "message_id": "m1", "user_id": "ana" });
    let logged = app.post("/api/responses", &logged).expect(200).json();
    let token = logged["token"].as_str().expect("a token").as_bytes().to_vec();
    let before = store::counts(data.path());
    let (mut page, mut random) = (server.client(), Random::new(7));
    let mut sent = 0;
    while sent < FLIPS {
        let mut forged = token.clone();
        for _ in 0..=random.below(3) {
            let bit = random.below(forged.len() * 8);
            forged[bit / 8] ^= 1 << (bit % 8);
        }
        // What is no text cannot stand in JSON at all.
        let Ok(forged) = String::from_utf8(forged) else { continue };
        if forged.as_bytes() == token {
            continue;
        }
        let body = json!({ "token": forged, "feedback": "up" });
        from_page(&mut page, "/api/feedback", &body).expect(401);
        sent += 1;
    }
    assert_eq!(store::counts(data.path()), before);
}

/// A token that somebody copied counts as its user, however often it is used.
#[test]
fn ten_thousand_replays_are_one_row_and_are_held_to_their_rate() {
    let data = folder();
    let server = Server::start(data.path());
    let secret = signing_key(&server);
    let claims = json!({ "kid": id_of(&secret), "message_id": "m1", "user_id": "ana", "exp": FAR });
    let token = signed(&secret, &claims);
    let mut page = server.client();
    let mut taken = 0;
    for n in 0..REPLAYS {
        let feedback = if n % 2 == 0 { "up" } else { "down" };
        let body = json!({ "token": token, "feedback": feedback });
        let reply = from_page(&mut page, "/api/feedback", &body);
        assert!([200, 429].contains(&reply.status), "{}", reply.text());
        taken += usize::from(reply.status == 200);
    }
    assert_eq!(thumbs(&server).len(), 1);
    assert!((100..REPLAYS / 2).contains(&taken), "{taken} were taken");

    // The limit is the user's own: another one on the same network is not held.
    let claims = json!({ "kid": id_of(&secret), "message_id": "m1", "user_id": "ben", "exp": FAR });
    let body = json!({ "token": signed(&secret, &claims), "feedback": "up" });
    from_page(&mut page, "/api/feedback", &body).expect(200);
    assert_eq!(thumbs(&server).len(), 2);
}
