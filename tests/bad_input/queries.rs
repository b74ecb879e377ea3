//! Paths, methods and query strings that are not as documented.

use super::{Bench, Case, post};
use crate::support::http::Request;

#[test]
fn unknown_keys_and_bad_values_in_query_strings_are_refused() {
    let (field, unknown) = ("invalid_field", "unknown_query_key");
    let overlapping = "/api/analytics/compare?a_since=2026-01-01T00:00:00Z\
                       &a_until=2026-01-09T00:00:00Z&b_since=2026-01-08T00:00:00Z\
                       &b_until=2026-01-12T00:00:00Z";
    let backwards = "/api/analytics/compare?a_since=2026-01-09T00:00:00Z\
                     &a_until=2026-01-01T00:00:00Z&b_since=2026-01-10T00:00:00Z\
                     &b_until=2026-01-12T00:00:00Z";
    let targets = [
        ("/api/feedback?limt=10", "unknown_query_key"),
        ("/api/feedback?type=summary&limit=10", "unknown_query_key"),
        ("/api/feedback?limit=0", field),
        ("/api/feedback?limit=1001", field),
        ("/api/feedback?limit=ten", field),
        ("/api/feedback?limit=-1", field),
        ("/api/feedback?limit=99999999999999999999999", field),
        ("/api/feedback?limit=1&limit=2", "invalid_query"),
        ("/api/feedback?cursor=garbage", field),
        ("/api/feedback?cursor=1.x", field),
        ("/api/feedback?type=sumary", field),
        ("/api/feedback?feedback=sideways", field),
        ("/api/feedback?trust=root", field),
        ("/api/feedback?since=yesterday", field),
        ("/api/feedback?until=2026-13-01T00:00:00Z", field),
        ("/api/feedback?since=%FF", field),
        ("/api/analytics/approval?by=nonsense", field),
        ("/api/analytics/approval?by=feedback", field),
        ("/api/analytics/approval?by=action_data.", field),
        ("/api/analytics/approval?by=action_type%3B+drop+table+thumbs", field),
        ("/api/analytics/approval?buy=action_type", "unknown_query_key"),
        ("/api/analytics/failures?limit=many", field),
        ("/api/analytics/trend?interval=fortnight", field),
        ("/api/analytics/coverage?by=nonsense", field),
        ("/api/analytics/coverage?trust=secret", field),
        ("/api/analytics/coverage?feedback=up", field),
        ("/api/analytics/milestones?by=model", "unknown_query_key"),
        ("/api/analytics/cohorts?interval=day", "unknown_query_key"),
        ("/api/analytics/compare", field),
        ("/api/analytics/compare?by=model&a=x", field),
        ("/api/analytics/compare?by=model&a=x&b=x", field),
        ("/api/analytics/compare?by=mood&a=x&b=y", field),
        ("/api/analytics/compare?by=model&a=x&b=y&a_since=2026-01-01T00:00:00Z", unknown),
        (overlapping, field),
        (backwards, field),
        (
            "/api/analytics/trend?since=1970-01-01T00:00:00Z&until=2026-01-01T00:00:00Z",
            "too_many_buckets",
        ),
        ("/api/export?format=docx", field),
        ("/api/export?frmat=csv", "unknown_query_key"),
        ("/health?verbose=1", "unknown_query_key"),
    ];
    let case =
        |(target, code)| Case { name: target, request: Request::get(target), status: 400, code };
    let mut bench = Bench::new();
    let mut client = bench.client();
    bench.refuse_all(&mut client, &targets.map(case));
}

#[test]
fn unknown_paths_and_methods_are_refused() {
    let method = |method, target| Request { method, ..Request::get(target) };
    let good = r#"{"message_id":"m1","feedback":"up"}"#;
    let case = |name, request, status, code| Case { name, request, status, code };
    let cases = [
        case("no such path", Request::get("/api/nope"), 404, "not_found"),
        case("a path too far", Request::get("/api/feedback/m1"), 404, "not_found"),
        case("up the tree", Request::get("/../../etc/passwd"), 404, "not_found"),
        case("up the tree, hidden", Request::get("/%2e%2e/%2e%2e/etc/passwd"), 404, "not_found"),
        case("DELETE", method("DELETE", "/api/feedback"), 405, "method_not_allowed"),
        case("PUT", method("PUT", "/api/feedback"), 405, "method_not_allowed"),
        case("GET for POST", Request::get("/api/query"), 405, "method_not_allowed"),
        case("POST for GET", post("/api/export", "{}"), 405, "method_not_allowed"),
        case(
            "a query string on a write",
            post("/api/feedback?x=1", good),
            400,
            "unknown_query_key",
        ),
    ];
    let mut bench = Bench::new();
    let mut client = bench.client();
    bench.refuse_all(&mut client, &cases);
}
