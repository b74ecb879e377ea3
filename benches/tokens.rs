//! Feedback tokens: what it takes to verify one.

use std::time::Instant;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

use crate::Plan;
use crate::client::{Client, post_plain};
use crate::folder::Folder;
use crate::server::Server;
use crate::table::Table;

/// As many tokens as one call takes.
const TOKENS: usize = 500;
/// Calls of each kind in one round.
const CALLS: usize = 40;

/// Calls with many tokens and with one, in turn. All are signed as they should be and have
/// expired, so that they are verified to the end and then ask no database. The difference is the
/// time for a token, with the JSON around it.
pub(crate) fn measure(plan: Plan, table: &mut Table) {
    let folder = Folder::empty();
    let secret = folder.print(&["key", "create", "--signing"]);
    let (server, _) = Server::start(folder.path(), &folder.key);
    let token = expired(&secret);
    let call =
        |n| post_plain("/api/feedback/mine", &json!({ "tokens": vec![&token; n] }).to_string());
    let (many, one) = (call(TOKENS), call(1));
    let mut client = Client::connect(server.address).expect("it listens");
    let mut time = |request: &[u8]| {
        let start = Instant::now();
        let (status, reply) = client.ask(request).expect("an answer");
        assert_eq!(status, 401, "{}", String::from_utf8_lossy(&reply));
        start.elapsed().as_secs_f64()
    };
    let mut costs = Vec::new();
    for _ in 0..plan.rounds {
        let (mut with_many, mut with_one) = (0.0, 0.0);
        for _ in 0..CALLS {
            with_many += time(&many);
            with_one += time(&one);
        }
        costs.push((with_many - with_one) / (CALLS * (TOKENS - 1)) as f64 * 1e6);
    }
    table.add("verification of a feedback token", "µs", &costs, "≤ 10");
}

fn expired(secret: &str) -> String {
    let kid = secret.split('_').nth(2).expect("prefix, id and the rest");
    let claims = json!({ "kid": kid, "message_id": "m1", "user_id": "ana", "exp": 1_700_000_000 });
    let signed = format!("twm1.{}", BASE64URL_NOPAD.encode(claims.to_string().as_bytes()));
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes any key");
    let mac = mac.chain_update(&signed).finalize().into_bytes();
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&mac))
}
