-- Whether a subject wants nothing stored. :project_id, :user_id. Row: opted_out (0 or 1).
select exists (
    select 1
    from subjects
    where project_id = :project_id
        and user_id = :user_id
        and opted_out_at is not null
) as opted_out
