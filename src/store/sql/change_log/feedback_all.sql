-- All current feedback of one project, for a mirror built from nothing; in the order of the table.
-- :project  row number of the project
-- Returns rows of the view feedback. Scans thumbs, looks responses up by their unique index.
select *
from feedback
where project_id = :project;
