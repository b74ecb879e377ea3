-- The current feedback that a batch of changes touched: the thumbs named by row number and those
-- on answers named by message.
-- :project   row number of the project
-- :ids       JSON array of row numbers of thumbs
-- :messages  JSON array of message ids
-- Returns rows of the view feedback, each once. Index: the primary key and the unique index.
select
    id, user_id, message_id, conversation_id, feedback, user_message, assistant_response,
    messages, tools, action_type, action_data, reasons, comment, correction, model,
    prompt_version, experiment, variant, finish_reason, usage, pattern_hash, trust, source,
    client_ts, created_at, updated_at, received_at, seq
from feedback
where id in (
    select value from json_each(:ids)
    union
    select thumbs.id
    from json_each(:messages) as wanted
    -- A cross join keeps its order; the other way round would walk all thumbs of the project.
    cross join thumbs
        on thumbs.project_id = :project
        and thumbs.message_id = wanted.value
)
    -- The plus keeps SQLite from walking all feedback of the project instead.
    and +project_id = :project;
