-- One subject's current vote on one response. :project_id, :message_id, :user_id.
-- Row: a vote or none. Index: unique (project_id, message_id, user_id).
select feedback, reasons, comment, correction
from thumbs
where project_id = :project_id
    and message_id = :message_id
    and user_id = :user_id
