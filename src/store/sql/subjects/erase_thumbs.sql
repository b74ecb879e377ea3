-- Removes every row of a subject from thumbs. :project_id, :user_id. Index: thumbs_by_user.
delete from thumbs
where project_id = :project_id
    and user_id = :user_id
