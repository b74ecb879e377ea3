-- All current feedback of all projects, for a fingerprint. Rows: feedback.
select
    id, user_id, message_id, conversation_id, feedback, user_message, assistant_response,
    messages, tools, action_type, action_data, reasons, comment, correction, model,
    prompt_version, experiment, variant, finish_reason, usage, pattern_hash, trust, source,
    client_ts, created_at, updated_at, received_at, seq
from feedback
