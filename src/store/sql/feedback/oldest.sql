-- Feedback, oldest first: rows newer than (:cursor_time µs, :cursor_id), up to and with
-- (:until_time µs, :until_id). :project_id; the rest is the filter, null where it does not matter.
-- Where signatures are required, public feedback is left out unless it is asked for.
-- Rows: feedback. Index: thumbs_by_time.
select
    id, user_id, message_id, conversation_id, feedback, user_message, assistant_response,
    messages, tools, action_type, action_data, reasons, comment, correction, model,
    prompt_version, experiment, variant, finish_reason, usage, pattern_hash, trust, source,
    client_ts, created_at, updated_at, received_at, seq
from believed_feedback
where project_id = :project_id
    and (created_at, id) > (:cursor_time, :cursor_id)
    and (created_at, id) <= (:until_time, :until_id)
    and (:since is null or created_at >= :since)
    and (:until is null or created_at < :until)
    and (:action_type is null or action_type = :action_type)
    and (:feedback is null or feedback = :feedback)
    and (:model is null or model = :model)
    and (:prompt_version is null or prompt_version = :prompt_version)
    and (:variant is null or variant = :variant)
    and (:trust is null or trust = :trust)
    and (
        :trust is not null
        or trust <> 'public'
        or not (select signatures_required from projects where projects.id = :project_id)
    )
    and (
        :q is null
        or instr(lower(user_message), lower(:q)) > 0
        or instr(lower(assistant_response), lower(:q)) > 0
        or instr(lower(comment), lower(:q)) > 0
    )
order by created_at asc, id asc
