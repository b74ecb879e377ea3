-- Removes every state of a subject's thumbs. :project_id, :user_id.
delete from thumbs_history
where project_id = :project_id
    and user_id = :user_id
