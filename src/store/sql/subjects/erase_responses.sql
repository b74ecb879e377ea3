-- Removes the responses that this subject, and nobody else, has ever rated.
-- :project_id, :user_id. Index: those by user, then the unique ones and thumbs_history_by_thumb.
delete from responses
where project_id = :project_id
    and message_id in (
        select message_id
        from thumbs indexed by thumbs_by_user
        where project_id = :project_id
            and user_id = :user_id
        union all
        select message_id
        from thumbs_history indexed by thumbs_history_by_user
        where project_id = :project_id
            and user_id = :user_id
    )
    and not exists (
        select 1
        from thumbs as others
        where others.project_id = responses.project_id
            and others.message_id = responses.message_id
            and others.user_id <> :user_id
    )
    and not exists (
        select 1
        from thumbs_history as others
        where others.project_id = responses.project_id
            and others.message_id = responses.message_id
            and others.user_id <> :user_id
    )
