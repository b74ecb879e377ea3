-- The same vote at a later time: nothing changes but the order. :confirmed_at µs.
-- :project_id, :message_id, :user_id. Index: unique (project_id, message_id, user_id).
update thumbs
set confirmed_at = :confirmed_at
where project_id = :project_id
    and message_id = :message_id
    and user_id = :user_id
