-- How a project's feedback stands. :project_id. One row of counts, and the latest times in µs,
-- null where there is none. Reads all feedback of the project.
select
    count(*) as feedback,
    coalesce(sum(feedback = 'up'), 0) as positive,
    coalesce(sum(
        feedback = 'up' and user_message is not null and assistant_response is not null
    ), 0) as trainable,
    coalesce(sum(pattern_hash is null), 0) as unmatched,
    coalesce(sum(action_type is null), 0) as untyped,
    max(created_at) as happened_at,
    max(received_at) as received_at,
    (select count(*) from responses where project_id = :project_id) as responses,
    (
        select count(*)
        from subjects
        where project_id = :project_id
            and opted_out_at is not null
    ) as opted_out
from feedback
where project_id = :project_id
