-- The current feedback that a batch of changes touched: the thumbs named by row number and those
-- on answers named by message.
-- :project   row number of the project
-- :ids       JSON array of row numbers of thumbs
-- :messages  JSON array of message ids
-- Returns rows of the view feedback, each once. Index: the primary key and the unique index.
select *
from feedback
where id in (
    select value from json_each(:ids)
    union
    select thumbs.id
    from json_each(:messages) as wanted
    inner join thumbs
        on thumbs.project_id = :project
        and thumbs.message_id = wanted.value
)
    and project_id = :project;
