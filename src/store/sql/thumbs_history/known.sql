-- Whether exactly this state was there before. The key as in thumbs/standing.sql; :state_at µs.
-- Row: known (0 or 1). Index: thumbs_history_by_thumb, the unique one of thumbs.
select
    exists (
        select 1
        from thumbs_history
        where project_id = :project_id
            and message_id = :message_id
            and user_id = :user_id
            and state_at = :state_at
            and feedback is :feedback
            and reasons is :reasons
            and comment is :comment
            and correction is :correction
    )
    or exists (
        select 1
        from thumbs
        where project_id = :project_id
            and message_id = :message_id
            and user_id = :user_id
            and updated_at = :state_at
            and feedback is :feedback
            and reasons is :reasons
            and comment is :comment
            and correction is :correction
    ) as known
