-- How many rows each table holds. Rows: table_name, row_count.
select 'api_keys' as table_name, count(*) as row_count from api_keys
union all select 'change_log', count(*) from change_log
union all select 'idempotency', count(*) from idempotency
union all select 'meta', count(*) from meta
union all select 'projects', count(*) from projects
union all select 'responses', count(*) from responses
union all select 'signals', count(*) from signals
union all select 'subjects', count(*) from subjects
union all select 'thumbs', count(*) from thumbs
union all select 'thumbs_history', count(*) from thumbs_history
union all select 'tombstones', count(*) from tombstones
