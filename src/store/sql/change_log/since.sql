-- The changes of one project after a position, oldest first.
-- :project  row number of the project
-- :after    position, exclusive
-- :limit    most rows
-- Returns: seq, table_name, row_id, op. Index: change_log_by_project.
select
    seq,
    table_name,
    row_id,
    op
from change_log
where project_id = :project
    and seq > :after
order by seq
limit :limit;
