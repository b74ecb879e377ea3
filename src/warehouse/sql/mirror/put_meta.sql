-- Says of a new file what it is a copy of.
-- $schema_number  number of the schema in create.sql
-- $source_uuid    identity of the store
-- $seq            position in the store's change log
insert into mirror_meta (schema_number, duckdb_version, source_uuid, seq, layout)
values (
    $schema_number,
    version(),
    $source_uuid,
    $seq,
    (
        select md5(string_agg(table_name || '.' || column_name || ' ' || data_type, ', '
            order by table_name, column_index))
        from duckdb_columns()
        where database_name = current_database()
            and schema_name = 'main'
            and not internal
    )
);
