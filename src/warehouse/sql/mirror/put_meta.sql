-- Says of a new file what it is a copy of.
-- $schema_number  number of the schema in create.sql
-- $source_uuid    identity of the store
-- $seq            position in the store's change log
insert into mirror_meta (schema_number, duckdb_version, source_uuid, seq)
values ($schema_number, version(), $source_uuid, $seq);
