-- Removes every row of a subject from thumbs. :project_id, :user_id.
-- Index: thumbs_history_by_user, then the unique one.
delete from thumbs
where project_id = :project_id
    and message_id in (
        select message_id
        from thumbs_history indexed by thumbs_history_by_user
        where project_id = :project_id
            and user_id = :user_id
    )
    and user_id = :user_id
