-- A response that was not known. Times in µs; JSON columns as text. `seq` is the next position of
-- the change log.
insert into responses (
    project_id, message_id, conversation_id, user_message, assistant_response, messages,
    tools, action_type, action_data, model, prompt_version, experiment, variant,
    finish_reason, usage, pattern_hash, trust, source, created_at, received_at,
    seq
)
values (
    :project_id, :message_id, :conversation_id, :user_message, :assistant_response, :messages,
    :tools, :action_type, :action_data, :model, :prompt_version, :experiment, :variant,
    :finish_reason, :usage, :pattern_hash, :trust, :source, :created_at, :received_at,
    (select coalesce(max(seq), 0) + 1 from sqlite_sequence where name = 'change_log')
)
