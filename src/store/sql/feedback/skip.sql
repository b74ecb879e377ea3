-- The place so many rows behind another, in the order of event time. :project_id;
-- (:cursor_time µs, :cursor_id) the place before; :rows how many.
-- Row: created_at, id, or none where there are fewer. Index: thumbs_by_time, and nothing else.
select created_at, id
from thumbs
where project_id = :project_id
    and (created_at, id) > (:cursor_time, :cursor_id)
order by created_at asc, id asc
limit 1 offset :rows - 1
