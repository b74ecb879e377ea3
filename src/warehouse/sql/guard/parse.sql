-- What DuckDB's own parser makes of a statement.
-- $sql  the statement
-- Returns one row: tree, JSON text. "error" in it is true for anything but SELECT statements.
select json_serialize_sql($sql::varchar)::varchar as tree;
