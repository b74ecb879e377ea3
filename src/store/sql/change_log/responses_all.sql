-- All responses of one project, for a mirror built from nothing.
-- :project  row number of the project
-- Returns rows of responses. Scans the table.
select *
from responses
where project_id = :project;
