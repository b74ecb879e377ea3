-- All responses of one project, for a mirror built from nothing; in the order of the table.
-- :project  row number of the project
-- Returns rows of responses, and rated (0 or 1: whether there is a current thumb on it). Scans
-- the table, looks thumbs up by their unique index.
select
    *,
    exists (
        select 1
        from thumbs
        where thumbs.project_id = responses.project_id
            and thumbs.message_id = responses.message_id
    ) as rated
from responses
where project_id = :project;
