-- A changed vote; `created_at` stays. Times in µs; :reasons a JSON array or null.
-- Index: unique (project_id, message_id, user_id).
update thumbs
set feedback = :feedback,
    reasons = :reasons,
    comment = :comment,
    correction = :correction,
    trust = :trust,
    source = :source,
    client_ts = :client_ts,
    updated_at = :updated_at,
    confirmed_at = null,
    received_at = :received_at
where project_id = :project_id
    and message_id = :message_id
    and user_id = :user_id
