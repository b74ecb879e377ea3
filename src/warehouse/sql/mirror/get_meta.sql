-- What the file is a copy of, and whether its tables still are as they were made.
-- No parameters. Returns one row: schema_number, duckdb_version, source_uuid, seq, as_made.
select
    schema_number,
    duckdb_version,
    source_uuid,
    seq,
    layout = (
        select md5(string_agg(table_name || '.' || column_name || ' ' || data_type, ', '
            order by table_name, column_index))
        from duckdb_columns()
        where database_name = current_database()
            and schema_name = 'main'
            and not internal
    ) as as_made
from mirror_meta;
