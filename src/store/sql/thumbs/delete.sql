-- A vote taken back. :project_id, :message_id, :user_id.
-- Index: unique (project_id, message_id, user_id).
delete from thumbs
where project_id = :project_id
    and message_id = :message_id
    and user_id = :user_id
