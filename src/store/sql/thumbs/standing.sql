-- What stands in the way of a vote. :project_id, :message_id, :user_id. Row: opted_out (0 or 1),
-- and latest: the time of the newest state that became current (µs), null where there is none.
-- Where there is no thumb, that is the last one that was taken back.
-- Index: the primary key of subjects, the unique one of thumbs, thumbs_history_by_thumb.
select
    exists (
        select 1
        from subjects
        where project_id = :project_id
            and user_id = :user_id
            and opted_out_at is not null
    ) as opted_out,
    coalesce(
        (
            select coalesce(confirmed_at, updated_at)
            from thumbs
            where project_id = :project_id
                and message_id = :message_id
                and user_id = :user_id
        ),
        (
            select state_at
            from thumbs_history
            where project_id = :project_id
                and message_id = :message_id
                and user_id = :user_id
                and became_current = 1
            order by id desc
            limit 1
        )
    ) as latest
