-- The current state of some responses.
-- :project  row number of the project
-- :ids      JSON array of row numbers
-- Returns rows of responses. Index: the primary key.
select *
from responses
where id in (select value from json_each(:ids))
    and project_id = :project;
