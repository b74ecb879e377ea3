-- All current feedback of one project, for a mirror built from nothing; in the order of the table.
-- :project  row number of the project
-- Returns rows of the view feedback. Scans thumbs, looks responses up by their unique index.
select
    id, user_id, message_id, conversation_id, feedback, user_message, assistant_response,
    messages, tools, action_type, action_data, reasons, comment, correction, model,
    prompt_version, experiment, variant, finish_reason, usage, pattern_hash, trust, source,
    client_ts, created_at, updated_at, received_at, seq
from feedback
where project_id = :project;
