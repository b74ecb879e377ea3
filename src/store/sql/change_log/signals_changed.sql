-- The current state of some signals.
-- :project  row number of the project
-- :ids      JSON array of row numbers
-- Returns rows of signals. Index: the primary key.
select *
from signals
where id in (select value from json_each(:ids))
    -- The plus keeps SQLite from walking an index of the whole project.
    and +project_id = :project;
