-- Whether there is a current thumb on these answers, as far as they are known.
-- :project   row number of the project
-- :messages  JSON array of message ids
-- Returns: id (of the response), rated (0 or 1), each once. Index: the unique ones.
select
    responses.id,
    exists (
        select 1
        from thumbs
        where thumbs.project_id = responses.project_id
            and thumbs.message_id = responses.message_id
    ) as rated
from (select distinct value as message_id from json_each(:messages)) as wanted
inner join responses
    on responses.project_id = :project
    and responses.message_id = wanted.message_id;
