//! `/api/query`: one SELECT over the project's mirror.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::unfold;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::app::analyst::{AnalystError, Rows};
use crate::web::body::Json;
use crate::web::caller::Caller;
use crate::web::error::{Error, Problem};

/// Most rows of one answer; the command line has no such limit.
const ROWS_MAX: u64 = 10_000;

/// What to ask.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueryBody {
    /// One SELECT. Tables: `feedback`, `responses`, `signals`.
    sql: String,
}

/// The rows.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "documents the answer, which is written row by row")]
pub(crate) struct QueryReply {
    /// The names of the columns, each once.
    columns: Vec<String>,
    /// One object a row.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<Map<String, Value>>,
    /// Whether rows were left out: an answer ends at 10,000 rows or about 16 MiB.
    truncated: bool,
}

/// Runs one SELECT over everything that was acknowledged before. The owner may take the rows as
/// a stream without a limit (`Accept: application/x-ndjson`).
#[utoipa::path(post, path = "/api/query", tag = "analytics", request_body = QueryBody,
    responses((status = 200, body = QueryReply), (status = "4XX", body = Problem)))]
pub(crate) async fn run(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Json(body): Json<QueryBody>,
) -> Result<Response, Error> {
    let lines = headers.get(header::ACCEPT).is_some_and(|it| it == "application/x-ndjson");
    let stream = caller.is_owner() && lines;
    let rows_max = if stream { None } else { Some(ROWS_MAX) };
    let rows = app.query(caller.project, body.sql, rows_max).await?;
    if stream {
        return Ok(streamed(rows));
    }
    let media_type = [(header::CONTENT_TYPE, "application/json")];
    Ok((media_type, collected(rows).await?).into_response())
}

/// A [`QueryReply`] as text, written as the rows come: as values they would take several times
/// the memory.
async fn collected(mut rows: Rows) -> Result<Vec<u8>, AnalystError> {
    let columns = rows.columns().to_vec();
    let mut out = format!("{{\"columns\":{},\"rows\":[", json!(columns)).into_bytes();
    let mut first = true;
    while let Some(chunk) = rows.next().await? {
        for values in chunk {
            let row: Map<String, Value> = columns.iter().cloned().zip(values).collect();
            out.extend_from_slice(if first { b"" } else { b"," });
            serde_json::to_writer(&mut out, &row).expect("values serialize into memory");
            first = false;
        }
    }
    out.extend_from_slice(format!("],\"truncated\":{}}}", rows.truncated()).as_bytes());
    Ok(out)
}

/// The columns as the first line, each row as a list of values, and at the end `{"done":true}`,
/// or `{"error":…}` where the result broke off.
fn streamed(rows: Rows) -> Response {
    let head = line(&json!({ "columns": rows.columns() }));
    let lines = unfold((Some(head), Some(rows)), |(head, rows)| async move {
        let mut rows = rows?;
        if let Some(head) = head {
            return Some((Ok::<_, Infallible>(head), (None, Some(rows))));
        }
        let last = match rows.next().await {
            Ok(Some(chunk)) => {
                let text: Vec<u8> =
                    chunk.into_iter().flat_map(|values| line(&values.into())).collect();
                return Some((Ok(text.into()), (None, Some(rows))));
            }
            Ok(None) => json!({ "done": true }),
            Err(error) => json!({ "error": error.to_string() }),
        };
        Some((Ok(line(&last)), (None, None)))
    });
    let media_type = [(header::CONTENT_TYPE, "application/x-ndjson")];
    (media_type, Body::from_stream(lines)).into_response()
}

fn line(value: &Value) -> Bytes {
    format!("{value}\n").into()
}
