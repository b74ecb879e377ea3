//! `docs/errors.md`: every code, what it means and what to do.

use super::Code::{self, *};

/// Each code, what it means, and what to do about it.
const MEANINGS: [(Code, &str, &str); 38] = [
    (InvalidJson, "the body is not JSON", "the detail names the line and the column"),
    (InvalidBody, "the body is empty, cut off, or badly compressed", "send it again, whole"),
    (
        InvalidField,
        "a field is missing, unknown, misspelt or of the wrong kind",
        "the detail names the field and what it must be",
    ),
    (TooDeep, "the JSON is nested too deeply", "send at most the depth that the detail names"),
    (InvalidQuery, "the query string cannot be read", "write it as `key=value&key=value`"),
    (UnknownQueryKey, "nobody knows this query key", "check the spelling in the API reference"),
    (
        InvalidSql,
        "the SQL is wrong, or is not one single `select`",
        "the detail says where, in DuckDB's words",
    ),
    (
        TooManyBuckets,
        "the time range has more hours, days or weeks than one answer holds",
        "choose a shorter range or a longer interval",
    ),
    (MissingKey, "the request carries no key", "send `Authorization: Bearer tw_sk_…`"),
    (InvalidKey, "no such key", "check it, or make one with `thumbwheel key create`"),
    (ExpiredKey, "the key is past its date", "make a new one"),
    (RevokedKey, "the key was revoked", "make a new one"),
    (
        InvalidToken,
        "the feedback token was not signed by this project, or is for another answer or user",
        "let your server make a new one; send neither `message_id` nor `user_id` beside it",
    ),
    (ExpiredToken, "the feedback token is past its end", "let your server make a new one"),
    (MissingScope, "the key may not do this", "use a key with the scope that the detail names"),
    (
        OriginNotAllowed,
        "this page may not use this publishable key",
        "make a key with `--origin` set to the page's origin",
    ),
    (
        SignatureRequired,
        "the project takes feedback from pages only with a feedback token",
        "give the page a token: see Feedback tokens under Who counts as whom",
    ),
    (OwnerOnly, "only the owner of the data folder may do this", "use the command line there"),
    (NotFound, "there is no such thing", "check the path, or the name"),
    (MethodNotAllowed, "the path exists, the method does not", "see the API reference"),
    (BodyTimeout, "the body came too slowly", "send it again"),
    (
        QueryTooSlow,
        "the query ran too long and was stopped",
        "ask for less at once; for SQL of your own, or raise `query_seconds_max`",
    ),
    (NameTaken, "something has this name already", "choose another"),
    (Conflict, "two requests got in each other's way", "read again, then repeat"),
    (BodyTooLarge, "the body is larger than this path takes", "split it; the detail has the limit"),
    (UnsupportedEncoding, "the content encoding is not gzip", "send the body plain or as gzip"),
    (UnsupportedMediaType, "the body is not sent as JSON", "send `Content-Type: application/json`"),
    (
        IdempotencyKeyReused,
        "this `Idempotency-Key` was used for another request",
        "make a new one for each request",
    ),
    (
        QueryTooLarge,
        "the answer needs more memory than it may use",
        "select fewer rows or columns, or raise `mirror_memory_mb`",
    ),
    (RateLimited, "too many requests with this key or from this address", "wait a second, repeat"),
    (Internal, "something went wrong on our side", "the server's log says what; please report it"),
    (QueueFull, "more writes are waiting than the queue holds", "repeat after `Retry-After`"),
    (Busy, "too many are being answered already", "repeat after `Retry-After`"),
    (
        NotDurable,
        "the disk did not confirm that the write is safe",
        "repeat it; if it stays, check the disk",
    ),
    (ReadOnly, "the database cannot be written", "`thumbwheel doctor` says why"),
    (Stopping, "the server is shutting down", "repeat; the next one takes it"),
    (
        AnalyticsUnavailable,
        "the process that answers questions cannot be started, or failed while answering",
        "repeat it; collecting goes on, and if it stays, the server's log says why",
    ),
    (DiskFull, "there is no room left on the disk", "make room; nothing is lost but this request"),
];

#[test]
fn every_code_is_explained() {
    let mut text = String::from(
        "# Errors\n\nA request that was refused is answered with problem details (RFC 9457):\n\n\
         ```json\n{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\
         \"code\":\"invalid_field\",\
         \"detail\":\"feedback must be \\\"up\\\" or \\\"down\\\"\"}\n```\n\n\
         `code` is for programs and stays what it is; `detail` is for people. Nothing of a refused \
         request is stored.\nRepeat a request only where the table says so; with an \
         `Idempotency-Key` a repetition is never counted twice.\n\n\
         | status | code | what it means | what to do |\n|---|---|---|---|\n",
    );
    for (code, meaning, remedy) in MEANINGS {
        let word = serde_json::to_value(code).expect("a word");
        let (status, word) = (code.status().as_u16(), word.as_str().expect("a word").to_owned());
        text += &format!("| {status} | `{word}` | {meaning} | {remedy} |\n");
    }
    crate::render::tests::golden("docs/errors.md", &text);
    // A new code that nobody explains would not be in the description's list of all codes.
    let document = crate::web::openapi::document();
    let words = document["components"]["schemas"]["Code"]["enum"].as_array().expect("a list");
    assert_eq!(words.len(), MEANINGS.len());
    for word in words {
        let word = word.as_str().expect("a word");
        assert_eq!(text.matches(&format!("| `{word}` |")).count(), 1, "{word}");
    }
}
