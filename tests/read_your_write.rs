//! Read your write: whatever is acknowledged is in the very next answer, whoever gives it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{ALL_SCOPES, Random, Server, folder, key};

const WRITES: usize = 1_000;
const ACTION_TYPES: [&str; 3] = ["todo", "appointment", "reminder"];

/// Up and down, by action type.
type Tally = BTreeMap<String, (i64, i64)>;

/// A thousand times: write, then ask three ways at once. Every seventh write is a change of mind
/// and every eleventh takes a thumb back, so that more than insertions must arrive.
#[test]
fn every_acknowledged_write_is_in_the_very_next_answer() {
    let data = folder();
    let server = Server::start(data.path());
    let mut client = server.client_with(&key(data.path(), ALL_SCOPES));
    let mut random = Random::new(5);
    let mut current: BTreeMap<String, (String, bool)> = BTreeMap::new();
    for n in 0..WRITES {
        let known: Vec<String> = current.keys().cloned().collect();
        let (id, thumb) = match n {
            n if n % 11 == 10 && !known.is_empty() => (random.pick(&known).clone(), None),
            n if n % 7 == 6 && !known.is_empty() => {
                let id = random.pick(&known).clone();
                let up = current[&id].1;
                (id, Some(!up))
            }
            n => (format!("m{n}"), Some(random.chance(70))),
        };
        let action = current.get(&id).map(|(action, _)| action.clone());
        let action = action.unwrap_or_else(|| (*random.pick(&ACTION_TYPES)).to_owned());
        let vote = json!({
            "message_id": id,
            "feedback": thumb.map(|up| if up { "up" } else { "down" }),
            "user_id": "ana",
            "action_type": action,
        });
        client.post("/api/feedback", &vote).expect(200);
        match thumb {
            Some(up) => drop(current.insert(id, (action, up))),
            None => drop(current.remove(&id)),
        }

        let expected = tally(current.values());
        let summary = client.get("/api/feedback?type=summary").expect(200).json();
        assert_eq!(of_summary(&summary), expected, "summary after write {n}");
        let approval = client.get("/api/analytics/approval?by=action_type").expect(200).json();
        assert_eq!(of_approval(&approval), expected, "approval after write {n}");
        let sql = "select count(*) as n from feedback";
        let query = client.post("/api/query", &json!({ "sql": sql })).expect(200).json();
        assert_eq!(query["rows"][0]["n"], json!(current.len()), "query after write {n}");
    }
}

fn tally<'a>(votes: impl Iterator<Item = &'a (String, bool)>) -> Tally {
    let mut tally = Tally::new();
    for (action, up) in votes {
        let (ups, downs) = tally.entry(action.clone()).or_default();
        *if *up { ups } else { downs } += 1;
    }
    tally
}

fn of_summary(summary: &Value) -> Tally {
    counts(&summary["summary"], ["action_type", "thumbs_up", "thumbs_down"])
}

fn of_approval(approval: &Value) -> Tally {
    counts(&approval["groups"], ["key", "up", "down"])
}

fn counts(rows: &Value, [action, up, down]: [&str; 3]) -> Tally {
    let rows = rows.as_array().expect("a list");
    let row = |row: &Value| {
        let number = |name| row[name].as_i64().expect("a number");
        (row[action].as_str().expect("a name").to_owned(), (number(up), number(down)))
    };
    rows.iter().map(row).collect()
}
