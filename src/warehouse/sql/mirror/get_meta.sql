-- What the file is a copy of.
-- No parameters. Returns one row: schema_number, duckdb_version, source_uuid, seq.
select
    schema_number,
    duckdb_version,
    source_uuid,
    seq
from mirror_meta;
