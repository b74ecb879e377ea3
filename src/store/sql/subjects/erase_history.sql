-- Removes every state of a subject's thumbs besides those that stand. :project_id, :user_id.
-- Index: thumbs_history_by_user.
delete from thumbs_history
where project_id = :project_id
    and user_id = :user_id
