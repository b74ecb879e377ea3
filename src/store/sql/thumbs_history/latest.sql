-- The time of the newest state that became current. :project_id, :message_id, :user_id.
-- Row: state_at (µs) or none. Index: thumbs_history_by_thumb.
select state_at
from thumbs_history
where project_id = :project_id
    and message_id = :message_id
    and user_id = :user_id
    and became_current = 1
order by id desc
limit 1
