//! What a user's SQL can and cannot do, tried on a real mirror.

use std::path::Path;

use serde_json::{Value, json};

use crate::model::feedback::Thumb;
use crate::warehouse::Error;
use crate::warehouse::fixture::{feedback, mirror};
use crate::warehouse::mirror::Reader;
use crate::warehouse::names::shown;
use crate::warehouse::query::{Chunk, End, run};

/// Columns, rows and end of a result.
type Table = (Vec<String>, Vec<Vec<Value>>, End);

fn all(db: &Reader, sql: &str) -> Result<Table, Error> {
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    let end = run(db, sql, Some(1000), &mut |chunk| {
        match chunk {
            Chunk::Columns(names) => columns = names,
            Chunk::Rows(more) => rows.extend(more),
        }
        Ok(())
    })?;
    Ok((columns, rows, end))
}

const APPROVAL_BY_ACTION: &str = "SELECT 
  action_type,
  COUNT(*) as total,
  ROUND(AVG(CASE WHEN feedback = 'up' THEN 100.0 ELSE 0 END), 1) as approval_rate
FROM feedback
GROUP BY action_type
ORDER BY approval_rate DESC;";

const TREND: &str = "SELECT 
  DATE_TRUNC('day', created_at) as date,
  COUNT(*) as total_feedback,
  COUNT(CASE WHEN feedback = 'up' THEN 1 END) as positive
FROM feedback
WHERE created_at > NOW() - INTERVAL '30 days'
GROUP BY date
ORDER BY date;";

const FAILURES: &str = "SELECT 
  user_message,
  assistant_response,
  action_type,
  COUNT(*) as frequency
FROM feedback
WHERE feedback = 'down'
GROUP BY user_message, assistant_response, action_type
HAVING COUNT(*) > 2
ORDER BY frequency DESC
LIMIT 20;";

#[test]
fn the_queries_of_the_first_guide_run_verbatim() {
    let mut rows: Vec<_> = (1..=4).map(|id| feedback(id, Thumb::Down, Some("todo"))).collect();
    rows.push(feedback(5, Thumb::Up, None));
    rows.push(feedback(99_999, Thumb::Up, None));
    let (_temp, mirror) = mirror(&rows);
    let db = mirror.reader().expect("reads");

    let (columns, rows, _) = all(&db, APPROVAL_BY_ACTION).expect("runs");
    assert_eq!(columns, ["action_type", "total", "approval_rate"]);
    assert_eq!(
        rows,
        [vec![json!(null), json!(2), json!(100.0)], vec![json!("todo"), json!(4), json!(0.0)]]
    );

    let (_, rows, _) = all(&db, TREND).expect("runs");
    assert_eq!(rows, [vec![json!("2243-10-16T00:00:00Z"), json!(1), json!(1)]]);

    let (_, rows, _) = all(&db, FAILURES).expect("runs");
    assert_eq!(rows, [vec![json!("Add milk"), json!("Added 'milk'"), json!("todo"), json!(4)]]);
}

#[test]
fn ordinary_analysis_is_let_through() {
    let rows: Vec<_> = (1..=9).map(|id| feedback(id, Thumb::Up, Some("todo"))).collect();
    let (_temp, mirror) = mirror(&rows);
    let db = mirror.reader().expect("reads");
    for (sql, expected) in [
        ("select action_data->>'n' as n from feedback where id = 3", json!("3")),
        ("with f as (select * from feedback) select count(*) from f", json!(9)),
        ("select count(*) from feedback a join responses b using (message_id)", json!(0)),
        ("select max(i) from range(10) t(i)", json!(9)),
        ("select sum(x) from unnest([1, 2, 3]) t(x)", json!(6)),
        ("select count(*) from json_each('[1,2]')", json!(2)),
        ("from feedback select count(*)", json!(9)),
        ("values (1)", json!(1)),
        ("select count(*) from main.signals -- a comment", json!(0)),
        ("select count(*) from information_schema.tables", json!(4)),
        ("select row_number() over (order by id) from feedback limit 1", json!(1)),
        ("select '; drop table feedback; --' as text", json!("; drop table feedback; --")),
        ("select column_name from (describe feedback) limit 1", json!("id")),
    ] {
        let (_, rows, _) = all(&db, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(rows[0][0], expected, "{sql}");
    }
}

/// What other products' SQL consoles were broken with, and what else was found to reach out.
const REFUSED: &[&str] = &[
    "select * from read_text('secret.txt')",
    "select * from read_csv('/etc/passwd')",
    "select * from '/etc/passwd'",
    "select * from \"/etc/passwd\"",
    "select * from 'x.parquet'",
    "from 'data.csv'",
    "select * from glob('/etc/*')",
    "copy feedback to 'o.csv'",
    "copy (select 1) to 'o.parquet'",
    "attach 'x.db'",
    "attach ':memory:' as z",
    "install httpfs",
    "load httpfs",
    "load 'x.duckdb_extension'",
    "set memory_limit='10GB'",
    "set enable_external_access=true",
    "set threads=8",
    "pragma memory_limit='5GB'",
    "reset memory_limit",
    "insert into feedback select * from feedback",
    "update feedback set feedback = 'up'",
    "delete from feedback",
    "truncate feedback",
    "create table q(i int)",
    "create temp table q(i int)",
    "create or replace temp macro f(x) as x",
    "create view v as select 1",
    "alter table feedback add column x int",
    "export database 'e'",
    "import database 'e'",
    "select getenv('HOME')",
    "select * from duckdb_secrets()",
    "select * from duckdb_settings()",
    "select * from duckdb_databases()",
    "select * from duckdb_databases",
    "select * from pg_catalog.pg_settings",
    "select * from pg_settings",
    "create secret s (type s3, key_id 'a', secret 'b')",
    "pragma database_list",
    "select * from pragma_database_list",
    "select * from pragma_database_size()",
    "checkpoint",
    "force checkpoint",
    "set variable a=1",
    "set schema='main'",
    "use m",
    "select query('select 1')",
    "from query('select 42')",
    "select * from query_table('feedback')",
    "pragma enable_profiling='json'",
    "pragma profiling_output='prof.json'",
    "set profiling_output='prof.json'",
    "pragma enable_logging",
    "call enable_logging('QueryLog', storage='file', storage_config={'path':'lg'})",
    "set log_query_path='q.log'",
    "select * from duckdb_logs",
    "select current_setting('temp_directory')",
    "select * from sniff_csv('/etc/passwd')",
    "select * from parquet_metadata('/x')",
    "select * from parquet_scan('/x')",
    "call pragma_version()",
    "select write_log('x')",
    "explain analyze select 1",
    "prepare a as select 1",
    "execute a",
    "deallocate a",
    "begin",
    "rollback",
    "select * from which_secret('s3://a','s3')",
    "select * from duckdb_temporary_files()",
    "select * from duckdb_memory()",
    "select * from read_blob('/proc/self/environ')",
    "select * from read_duckdb('1.duckdb')",
    "vacuum",
    "detach m",
    "drop table feedback",
    "select * from read_json('/etc/passwd')",
    "select * from read_ndjson_objects('/etc/passwd')",
    "select (select content from read_text('/etc/passwd'))",
    "with x as (select * from read_csv('/etc/passwd')) select * from x",
    "select * from feedback where exists (from read_text('/etc/passwd'))",
    "select json_execute_serialized_sql('{}')",
    "select * from json_execute_serialized_sql(json_serialize_sql('select 1'))",
    "select json_serialize_plan('select * from ''/etc/passwd''')",
    "select * from arrow_scan(1, 2, 3)",
    "select * from sqlite_scan('x.db', 't')",
    "select * from seq_scan('feedback')",
    "select * from other.main.feedback",
    "select 1; select 2",
    "select 1; drop table feedback",
    "",
    ";",
    "-- nothing",
    "selec 1",
    "select * from nowhere",
    "select nothing from feedback",
    "select 1/",
    "select '\u{0}'",
];

#[test]
fn everything_that_reaches_out_or_writes_is_refused_with_a_sentence() {
    let (temp, mirror) = mirror(&[feedback(1, Thumb::Up, None)]);
    let db = mirror.reader().expect("reads");
    for sql in REFUSED {
        let text = match all(&db, sql) {
            Err(Error::Refused(text)) => shown(&text, temp.path()),
            other => panic!("{sql:?} gave {other:?}"),
        };
        assert!(text.len() > 15 && text.contains(' '), "{sql}: {text:?}");
        let root = temp.path().to_str().expect("UTF-8");
        assert!(!text.contains(root) && !text.contains("/root"), "{sql}: {text}");
    }
    let (_, rows, _) = all(&db, "select count(*) from feedback").expect("still there");
    assert_eq!(rows, [vec![json!(1)]]);
    let names: Vec<_> = std::fs::read_dir(temp.path())
        .expect("reads")
        .map(|entry| entry.expect("reads").file_name().into_string().expect("UTF-8"))
        .filter(|name| !name.starts_with("1.duckdb"))
        .collect();
    assert_eq!(names, Vec::<String>::new(), "no file was made");
    assert!(!Path::new("o.csv").exists() && !Path::new("x.db").exists());
}

#[test]
fn deep_and_long_statements_end_in_an_answer_or_a_refusal() {
    let (_temp, mirror) = mirror(&[feedback(1, Thumb::Up, None)]);
    let db = mirror.reader().expect("reads");
    for sql in [
        format!("select {}1{}", "(".repeat(5000), ")".repeat(5000)),
        format!("select {}1", "1+".repeat(20_000)),
        format!("select {}1", "- ".repeat(900)),
        format!("select {}1", "select 1 union all ".repeat(3000)),
        format!("select 1 {}", "union all select 1 ".repeat(3000)),
        format!("select '{}'", "x".repeat(200_000)),
    ] {
        match all(&db, &sql) {
            Ok(_) | Err(Error::Refused(_)) => (),
            other => panic!("{} gave {other:?}", &sql[..60]),
        }
    }
}

#[test]
fn a_capped_result_says_that_it_is() {
    let (_temp, mirror) = mirror(&[]);
    let db = mirror.reader().expect("reads");
    let (_, rows, end) = all(&db, "select i from range(1000) t(i)").expect("runs");
    assert_eq!((rows.len(), end), (1000, End { rows: 1000, truncated: false }));
    let (_, rows, end) = all(&db, "select i from range(1001) t(i)").expect("runs");
    assert_eq!((rows.len(), end), (1000, End { rows: 1000, truncated: true }));
    let wide = "select repeat('x', 1000000) from range(1000) t(i)";
    let (_, rows, end) = all(&db, wide).expect("runs");
    assert!(rows.len() < 70 && end.truncated, "{} rows", rows.len());
}

#[test]
fn values_become_json_that_loses_nothing() {
    let (_temp, mirror) = mirror(&[]);
    let db = mirror.reader().expect("reads");
    for (sql, expected) in [
        ("null", json!(null)),
        ("true", json!(true)),
        ("42", json!(42)),
        ("9223372036854775807", json!(i64::MAX)),
        ("18446744073709551615::ubigint", json!(u64::MAX)),
        ("9007199254740993::hugeint", json!("9007199254740993")),
        ("sum(7)", json!(7)),
        ("1.50::decimal(10,2)", json!(1.5)),
        ("-0.05::decimal(10,2)", json!(-0.05)),
        ("0.1::float", json!(0.1)),
        ("'nan'::double", json!("NaN")),
        ("'-inf'::double", json!("-Infinity")),
        ("'ä'", json!("ä")),
        ("'\\x00\\xFF'::blob", json!("00ff")),
        ("date '2026-11-23'", json!("2026-11-23")),
        ("timestamp '2026-11-23 08:00:00'", json!("2026-11-23T08:00:00Z")),
        ("timestamp '2026-11-23 08:00:00.000120'", json!("2026-11-23T08:00:00.00012Z")),
        ("timestamp_s '2026-11-23 08:00:00'", json!("2026-11-23T08:00:00Z")),
        ("'infinity'::timestamp", json!("infinity")),
        ("time '08:30:00'", json!("08:30:00")),
        ("interval '3 days'", json!("P3D")),
        ("[1, null, 3]", json!([1, null, 3])),
        ("{'a': 1, 'b': [2]}", json!({"a": 1, "b": [2]})),
        ("map {'k': 1}", json!({"k": 1})),
        ("map {1: 'v'}", json!({"1": "v"})),
        ("'b'::enum('a', 'b')", json!("b")),
        ("union_value(n := 2)", json!(2)),
        ("array_value(1, 2)", json!([1, 2])),
        (
            "'5b0a3c3e-0000-4000-8000-000000000000'::uuid",
            json!("5b0a3c3e-0000-4000-8000-000000000000"),
        ),
        ("'{\"a\":1}'::json", json!("{\"a\":1}")),
    ] {
        let sql = format!("select {sql} as v");
        let (_, rows, _) = all(&db, &sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(rows, [vec![expected]], "{sql}");
    }
}
