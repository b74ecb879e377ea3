-- All responses of one project, for a mirror built from nothing.
-- :project  row number of the project
-- Returns rows of responses. Scans the table.
select
    id, message_id, conversation_id, user_message, assistant_response, messages, tools,
    action_type, action_data, model, prompt_version, experiment, variant, finish_reason,
    usage, pattern_hash, trust, source, created_at, received_at, seq
from responses
where project_id = :project;
