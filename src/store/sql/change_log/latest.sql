-- The last changes of one project up to a position, latest first.
-- :project  row number of the project
-- :until    position, inclusive
-- :limit    most rows
-- Returns: seq, table_name, row_id, op. Index: change_log_by_project.
select
    seq,
    table_name,
    row_id,
    op
from change_log
where project_id = :project
    and seq <= :until
order by seq desc
limit :limit;
