-- Removes every state of a subject's thumbs that no longer stood. :project_id, :user_id.
-- Index: thumbs_history_by_user.
delete from thumbs_history
where project_id = :project_id
    and user_id = :user_id
