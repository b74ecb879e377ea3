-- Keeps the state that stands, before another one takes its place.
-- :project_id, :message_id, :user_id. Index: unique (project_id, message_id, user_id).
insert into thumbs_history (
    project_id, message_id, user_id, feedback, reasons, comment, correction, trust, source,
    client_ts, state_at, became_current, received_at
)
select
    project_id, message_id, user_id, feedback, reasons, comment, correction, trust, source,
    client_ts, updated_at, 1, received_at
from thumbs
where project_id = :project_id
    and message_id = :message_id
    and user_id = :user_id
