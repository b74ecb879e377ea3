-- The current state of some responses.
-- :project  row number of the project
-- :ids      JSON array of row numbers
-- Returns rows of responses. Index: the primary key.
select
    id, message_id, conversation_id, user_message, assistant_response, messages, tools,
    action_type, action_data, model, prompt_version, experiment, variant, finish_reason,
    usage, pattern_hash, trust, source, created_at, received_at, seq
from responses
where id in (select value from json_each(:ids))
    -- The plus keeps SQLite from walking an index of the whole project.
    and +project_id = :project;
