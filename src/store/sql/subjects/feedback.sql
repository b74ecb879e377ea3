-- All feedback of one subject, oldest first. :project_id, :user_id. Rows: feedback.
-- Index: thumbs_by_user.
select
    id, user_id, message_id, conversation_id, feedback, user_message, assistant_response,
    messages, tools, action_type, action_data, reasons, comment, correction, model,
    prompt_version, experiment, variant, finish_reason, usage, pattern_hash, trust, source,
    client_ts, created_at, updated_at, received_at, seq
from feedback
where project_id = :project_id
    and user_id = :user_id
-- The plus keeps SQLite from walking all feedback in this order.
order by +created_at, id
