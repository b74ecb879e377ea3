//! The contract: what users and their programs rely on, seen from outside the binary.
//!
//! `make test-release` runs exactly these against the release binary, which carries another
//! build of DuckDB; so everything whose answer depends on DuckDB has a test here.

mod backup;
mod commands;
mod guide;
mod round_trip;

use serde_json::{Value, json};

use crate::support::Client;

/// The three questions of the first guide, to the letter.
pub(super) const BEST_ACTIONS: &str = "\
SELECT 
  action_type,
  COUNT(*) as total,
  ROUND(AVG(CASE WHEN feedback = 'up' THEN 100.0 ELSE 0 END), 1) as approval_rate
FROM feedback
GROUP BY action_type
ORDER BY approval_rate DESC;
";
pub(super) const TRENDING: &str = "\
SELECT 
  DATE_TRUNC('day', created_at) as date,
  COUNT(*) as total_feedback,
  COUNT(CASE WHEN feedback = 'up' THEN 1 END) as positive
FROM feedback
WHERE created_at > NOW() - INTERVAL '30 days'
GROUP BY date
ORDER BY date;
";
pub(super) const FAILURES: &str = "\
SELECT 
  user_message,
  assistant_response,
  action_type,
  COUNT(*) as frequency
FROM feedback
WHERE feedback = 'down'
GROUP BY user_message, assistant_response, action_type
HAVING COUNT(*) > 2
ORDER BY frequency DESC
LIMIT 20;
";

/// The rows that `POST /api/query` gives.
#[track_caller]
pub(super) fn query(client: &mut Client, sql: &str) -> Vec<Value> {
    let reply = client.post("/api/query", &json!({ "sql": sql })).expect(200).json();
    rows(&reply)
}

/// The rows of an answer, of the API or of `thumbwheel query --json`.
#[track_caller]
pub(super) fn rows(answer: &Value) -> Vec<Value> {
    answer["rows"].as_array().unwrap_or_else(|| panic!("no rows in {answer}")).clone()
}
