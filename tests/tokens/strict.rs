//! Ballot stuffing: what a script can do that has nothing but the source of the page.

use serde_json::{Value, json};

use super::{from_page, thumbs};
use crate::support::{ALL_SCOPES, Client, Server, cli, folder, key, publishable_key, store};

const ORIGIN: &str = "https://app.example";
/// More than any limit lets through.
const BALLOTS: usize = 2_000;

/// Every number that the product tells about the project.
fn numbers(client: &mut Client) -> Vec<Value> {
    let mut all: Vec<_> = [
        "/api/feedback?type=summary",
        "/api/feedback",
        "/api/analytics/approval?by=action_type",
        "/api/analytics/approval?by=trust",
        "/api/analytics/trend",
        "/api/analytics/failures",
        "/api/analytics/coverage?by=action_type",
        "/api/analytics/cohorts",
        "/api/analytics/compare?by=action_type&a=todo&b=reminder",
    ]
    .map(|target| client.get(target).expect(200).json())
    .into();
    for sql in ["select count(*) from feedback", "select count(*) from signals"] {
        all.push(client.post("/api/query", &json!({ "sql": sql })).expect(200).json());
    }
    for format in ["chat", "jsonl", "csv"] {
        let target = format!("/api/export?format={format}");
        all.push(client.get(&target).expect(200).text().into());
    }
    all
}

fn honest_votes(client: &mut Client) {
    for n in 0..40 {
        let vote = json!({
            "message_id": format!("m{n}"), "user_id": format!("user {n}"),
            "feedback": if n % 4 == 0 { "down" } else { "up" },
            "action_type": if n % 2 == 0 { "todo" } else { "reminder" },
            "user_message": format!("ask {n}"), "assistant_response": "Done.",
        });
        client.post("/api/feedback", &vote).expect(200);
    }
    // Answers that nobody rated, and thumbs on answers that nobody told anything of.
    for n in 40..44 {
        client.post("/api/responses", &json!({ "message_id": format!("m{n}") })).expect(200);
        let vote =
            json!({ "message_id": format!("m{}", n + 4), "user_id": "ana", "feedback": "up" });
        client.post("/api/feedback", &vote).expect(200);
    }
}

/// Each call as another browser, with all that a page can say, on answers that servers told, on
/// some that have thumbs only, and on some that nobody knows. Returns how many were taken.
fn stuff(page: &mut Client, publishable: &str) -> usize {
    let mut taken = 0;
    for n in 0..BALLOTS {
        let feedback = if n % 3 == 0 { "up" } else { "down" };
        let vote = json!({
            "key": publishable, "message_id": format!("m{}", (n + 40) % 50), "feedback": feedback,
            "user_id": format!("browser {n}"), "action_type": "todo", "comment": "bad",
            "user_message": "made up", "assistant_response": "made up", "model": "made up",
        });
        taken += usize::from(from_page(page, "/api/feedback", &vote).status == 200);
        let signal = json!({ "key": publishable, "message_id": "m1", "signal": "copy" });
        from_page(page, "/api/signals", &signal);
    }
    taken
}

#[test]
fn with_signatures_required_a_script_with_the_page_source_moves_no_number() {
    let data = folder();
    let server = Server::start(data.path());
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    let publishable = publishable_key(data.path(), ORIGIN);
    honest_votes(&mut client);
    cli(data.path(), &["project", "set", "default", "--signatures", "required"]).expect(0);
    let before = (numbers(&mut client), store::counts(data.path()));

    let mut page = server.client();
    let vote = json!({ "key": publishable, "message_id": "m1", "feedback": "down" });
    let refused = from_page(&mut page, "/api/feedback", &vote).expect(403).json();
    assert_eq!(refused["code"], "signature_required");
    assert_eq!(stuff(&mut page, &publishable), 0);
    assert_eq!((numbers(&mut client), store::counts(data.path())), before);
}

/// What was stuffed before somebody noticed stops counting, and counts again when it may.
#[test]
fn what_came_before_signatures_were_required_counts_nowhere_from_then_on() {
    let data = folder();
    let server = Server::start(data.path());
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    let publishable = publishable_key(data.path(), ORIGIN);
    honest_votes(&mut client);
    let honest = numbers(&mut client);
    assert!(stuff(&mut server.client(), &publishable) > 0);
    let stuffed = numbers(&mut client);
    for (before, after) in honest.iter().zip(&stuffed) {
        assert!(before != after, "the control: without it every number moves, {before}");
    }
    let require = |word| {
        cli(data.path(), &["project", "set", "default", "--signatures", word]).expect(0);
    };
    require("required");
    assert_eq!(numbers(&mut client), honest);
    // It is still there for whoever asks for it by name.
    let public = client.get("/api/analytics/approval?by=trust&trust=public").expect(200).json();
    assert!(public["overall"]["n"].as_u64().expect("a count") > 0, "{public}");
    require("optional");
    assert_eq!(numbers(&mut client), stuffed);
}

#[test]
fn without_signatures_rate_limits_hold_a_script_and_the_share_of_public_feedback_shows() {
    let data = folder();
    let server = Server::start(data.path());
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    let publishable = publishable_key(data.path(), ORIGIN);
    honest_votes(&mut client);
    let started = std::time::Instant::now();
    let taken = stuff(&mut server.client(), &publishable);
    // 50 at once and 10 a second after that, of which signals take half.
    let most = 50 + 10 * (started.elapsed().as_secs() as usize + 1);
    assert!(taken <= most, "{taken} of {BALLOTS} were taken, at most {most} may be");
    assert_eq!(thumbs(&server).len(), 44 + taken);
    let shares = client.get("/api/analytics/approval?by=trust").expect(200).json();
    let group = |trust: &str| {
        let groups = shares["groups"].as_array().expect("groups");
        groups.iter().find(|group| group["key"] == trust).expect("a group")["n"].clone()
    };
    assert_eq!((group("public"), group("secret")), (json!(taken), json!(44)));
}
