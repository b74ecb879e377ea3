//! Questions at full size over HTTP: the analytics and the three queries of the first guide.

use std::time::Instant;

use serde_json::json;

use crate::Plan;
use crate::client::{Client, get, post};
use crate::folder::Folder;
use crate::server::Server;
use crate::table::Table;

/// Name, path, and what is expected of the answer.
const PATHS: [(&str, &str, &str); 4] = [
    ("summary", "/api/feedback?type=summary", ""),
    ("approval by action type", "/api/analytics/approval?by=action_type", "≤ 20"),
    ("trend by day", "/api/analytics/trend?interval=day", "≤ 20"),
    ("failure patterns", "/api/analytics/failures", "≤ 60"),
];

/// The guide's queries, word for word.
const QUERIES: [(&str, &str); 3] = [
    (
        "guide's query 1, approval by action",
        "SELECT \n  action_type,\n  COUNT(*) as total,\n  ROUND(AVG(CASE WHEN feedback = 'up' \
         THEN 100.0 ELSE 0 END), 1) as approval_rate\nFROM feedback\nGROUP BY action_type\n\
         ORDER BY approval_rate DESC;",
    ),
    (
        "guide's query 2, 30 days by day",
        "SELECT \n  DATE_TRUNC('day', created_at) as date,\n  COUNT(*) as total_feedback,\n  \
         COUNT(CASE WHEN feedback = 'up' THEN 1 END) as positive\nFROM feedback\nWHERE created_at \
         > NOW() - INTERVAL '30 days'\nGROUP BY date\nORDER BY date;",
    ),
    (
        "guide's query 3, failures by text",
        "SELECT \n  user_message,\n  assistant_response,\n  action_type,\n  COUNT(*) as frequency\n\
         FROM feedback\nWHERE feedback = 'down'\nGROUP BY user_message, assistant_response, \
         action_type\nHAVING COUNT(*) > 2\nORDER BY frequency DESC\nLIMIT 20;",
    ),
];

/// Asks each question again and again; the first answers of all do not count.
pub(crate) fn measure(folder: &Folder, plan: Plan, table: &mut Table) {
    let (server, _) = Server::start(folder.path(), &folder.key);
    let key = &server.key;
    let mut client = Client::connect(server.address).expect("it listens");
    let mut ask = |request: &[u8]| {
        let start = Instant::now();
        let (status, reply) = client.ask(request).expect("an answer");
        // 504: the mirror is still being made. 404: this build knows no such question.
        assert!([200, 404, 503, 504].contains(&status), "{}", String::from_utf8_lossy(&reply));
        (status, start.elapsed().as_secs_f64())
    };
    let start = Instant::now();
    while ask(&get(PATHS[0].1, key)).0 != 200 {}
    let first = start.elapsed().as_secs_f64();
    let gets = PATHS.iter().map(|(name, path, mark)| (*name, get(path, key), *mark));
    let posts = QUERIES.iter().map(|(name, sql)| {
        (*name, post("/api/query", key, &json!({ "sql": sql }).to_string()), "")
    });
    for (name, request, mark) in gets.chain(posts).collect::<Vec<_>>() {
        if ask(&request).0 == 404 {
            crate::talk(&format!("{name}: not in this build"));
            continue;
        }
        let times: Vec<f64> = (0..plan.asks).map(|_| ask(&request).1 * 1e3).collect();
        table.add(name, "ms", &times, mark);
    }
    table.add("first question, which makes the mirror", "s", &[first], "");
    let (here, child) = server.memory_mib();
    table.add("memory of the server after the questions", "MiB", &[here], "");
    table.add("memory of the warehouse child", "MiB", &[child.unwrap_or(f64::NAN)], "");
}
