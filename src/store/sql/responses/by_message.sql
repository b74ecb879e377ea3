-- The response to one message. :project_id, :message_id. Row: a response or none.
-- Index: unique (project_id, message_id).
select
    id, message_id, conversation_id, user_message, assistant_response, messages, tools,
    action_type, action_data, model, prompt_version, experiment, variant, finish_reason,
    usage, pattern_hash, trust, source, created_at, received_at, seq
from responses
where project_id = :project_id
    and message_id = :message_id
