-- The last change of one project.
-- :project  row number of the project
-- Returns one row: seq (null when nothing ever changed). Index: change_log_by_project.
select max(seq) as seq
from change_log
where project_id = :project;
