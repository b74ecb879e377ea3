-- Every column of a known response. Times in µs; JSON columns as text.
-- Index: unique (project_id, message_id).
update responses
set conversation_id = :conversation_id,
    user_message = :user_message,
    assistant_response = :assistant_response,
    messages = :messages,
    tools = :tools,
    action_type = :action_type,
    action_data = :action_data,
    model = :model,
    prompt_version = :prompt_version,
    experiment = :experiment,
    variant = :variant,
    finish_reason = :finish_reason,
    usage = :usage,
    pattern_hash = :pattern_hash,
    trust = :trust,
    source = :source,
    created_at = :created_at,
    received_at = :received_at
where project_id = :project_id
    and message_id = :message_id
