//! SQL that is more than one question about one's own feedback.

use serde_json::json;

use super::{Bench, check_problem};
use crate::support::{cli, store};

/// Statements that are no question, or ask for what is none of the feedback.
const REFUSED: [&str; 44] = [
    "",
    "   ",
    "-- nothing",
    "selec 1",
    "select",
    "select * from nowhere",
    "select nothing from feedback",
    "select 1; select 2",
    "select 1; drop table feedback",
    "insert into feedback select * from feedback",
    "update feedback set feedback = 'up'",
    "delete from feedback",
    "drop table feedback",
    "alter table feedback add column x int",
    "truncate feedback",
    "create table x as select 1",
    "create temp table x as select 1",
    "create macro x() as 1",
    "create view x as select 1",
    "copy feedback to 'out.csv'",
    "copy (select 1) to '/tmp/thumbwheel-out.csv'",
    "copy feedback from 'in.csv'",
    "export database 'dump'",
    "import database 'dump'",
    "attach 'other.duckdb' as other",
    "attach ':memory:' as other",
    "detach feedback",
    "install httpfs",
    "load json",
    "set memory_limit = '100GB'",
    "set threads = 64",
    "reset memory_limit",
    "pragma database_list",
    "pragma enable_profiling",
    "set variable x = 1",
    "checkpoint",
    "vacuum",
    "begin",
    "call pragma_version()",
    "prepare x as select 1",
    "execute x",
    "explain analyze select 1",
    "use memory",
    "with x as (insert into feedback select * from feedback returning 1) select * from x",
];

/// Questions in form that reach for files, the network or the program's own insides.
const REACHING: [&str; 24] = [
    "select * from read_csv('/etc/passwd')",
    "select * from read_csv_auto('/etc/passwd')",
    "select * from read_text('/etc/passwd')",
    "select * from read_blob('/etc/passwd')",
    "select * from read_json('/etc/passwd')",
    "select * from read_json_auto('secret.key')",
    "select * from read_parquet('x.parquet')",
    "select * from parquet_metadata('x.parquet')",
    "select * from parquet_scan('x.parquet')",
    "select * from glob('/etc/*')",
    "select * from glob('*')",
    "select * from sniff_csv('/etc/passwd')",
    "select * from '/etc/passwd'",
    "select * from 'secret.key'",
    "select * from \"/etc/passwd\"",
    "select * from read_csv('http://127.0.0.1:1/x')",
    "select * from 'https://example.com/x.parquet'",
    "select * from query('select 1')",
    "select * from query_table('feedback')",
    "select * from (select * from read_text('/etc/passwd'))",
    "select (select content from read_text('/etc/passwd'))",
    "with x as (select * from read_text('/etc/passwd')) select * from x",
    "select 1 where exists (from read_text('/etc/passwd'))",
    "select * from feedback union all select * from read_csv('/etc/passwd')",
];

#[test]
fn only_one_question_over_the_own_feedback_is_answered() {
    let mut bench = Bench::new();
    let mut client = bench.client();
    let before = store::counts(bench.data.path());
    for sql in REFUSED.into_iter().chain(REACHING) {
        let reply = client.post("/api/query", &json!({ "sql": sql }));
        check_problem(sql, &reply, 400, "invalid_sql");
        let text = reply.text();
        assert!(!text.contains("root:"), "{sql}: shows a file: {text}");
    }
    assert_eq!(store::counts(bench.data.path()), before);
    assert!(!std::path::Path::new("/tmp/thumbwheel-out.csv").exists());
    let reply = client.post("/api/query", &json!({ "sql": "select count(*) as n from feedback" }));
    assert_eq!(reply.expect(200).json()["rows"], json!([{ "n": 1 }]), "the mirror is whole");
    bench.assert_alive();
}

#[test]
fn the_command_line_refuses_the_same_and_says_why() {
    let mut bench = Bench::new();
    for sql in ["", "delete from feedback", "select 1; select 2", REACHING[0], REACHING[12]] {
        let output = cli(bench.data.path(), &["query", sql]);
        assert_eq!(output.code, Some(1), "{sql}: {}", output.stderr);
        assert!(output.stderr.trim().len() > 15, "{sql}: {}", output.stderr);
        assert!(output.stdout.is_empty(), "{sql}");
    }
    bench.assert_alive();
}

/// Whatever answers these must not tell where things lie on the machine.
#[test]
fn no_question_tells_where_the_data_lies() {
    let mut bench = Bench::new();
    let mut client = bench.client();
    let place = bench.data.path().file_name().expect("it has one").to_str().expect("UTF-8");
    let asks = [
        "select current_setting('temp_directory') as x",
        "select current_setting('allowed_directories') as x",
        "select current_setting('extension_directory') as x",
        "select * from duckdb_settings()",
        "select * from duckdb_databases()",
        "select * from pragma_database_list()",
        "select getenv('HOME') as x",
        "select * from duckdb_secrets()",
        "select * from duckdb_temporary_files()",
        "select * from pragma_storage_info('feedback')",
    ];
    for sql in asks {
        let reply = client.post("/api/query", &json!({ "sql": sql }));
        assert!([200, 400].contains(&reply.status), "{sql}: {}", reply.text());
        assert!(!reply.text().contains(place), "{sql}: {}", reply.text());
    }
    bench.assert_alive();
}

/// The controls: questions of every common form are answered.
#[test]
fn questions_of_every_common_form_are_answered() {
    let mut bench = Bench::new();
    let mut client = bench.client();
    let asks = [
        "select 1 as x",
        "from feedback",
        "select * from feedback",
        "select * from feedback;",
        "  -- a comment\n select 1 /* another */ ;  ",
        "with x as (select feedback from feedback) select count(*) from x",
        "select count(*) from feedback a join feedback b using (message_id)",
        "select feedback, row_number() over (order by created_at) from feedback",
        "select unnest(range(3)) as n",
        "select * from range(5)",
        "select * from generate_series(1, 3)",
        "values (1), (2)",
        "select ';' as semicolon, 'drop table x' as text",
        "select now() > timestamp '2020-01-01' as later",
        "select json_extract_string(action_data, '$.list') from feedback",
        "select 1 union all select 2 order by 1",
    ];
    for sql in asks {
        let reply = client.post("/api/query", &json!({ "sql": sql }));
        assert_eq!(reply.status, 200, "{sql}: {}", reply.text());
    }
    bench.assert_alive();
}

/// The answer over HTTP is capped and says so; the command line gives all.
#[test]
fn an_answer_over_http_is_capped_and_says_so() {
    let bench = Bench::new();
    let sql = "select n from range(20000) t(n)";
    let reply = bench.client().post("/api/query", &json!({ "sql": sql })).expect(200).json();
    assert_eq!(reply["truncated"], true);
    let rows = reply["rows"].as_array().expect("a list").len();
    assert!((1_000..20_000).contains(&rows), "{rows}");
    let all = cli(bench.data.path(), &["query", sql, "--json"]).json();
    assert_eq!(all["rows"].as_array().expect("a list").len(), 20_000);
}
