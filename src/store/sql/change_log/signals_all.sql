-- All signals of one project, for a mirror built from nothing.
-- :project  row number of the project
-- Returns rows of signals. Scans the table.
select *
from signals
where project_id = :project;
