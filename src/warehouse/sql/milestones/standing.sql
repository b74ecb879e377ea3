-- Where the project stands.
-- $from, $now  the latest stretch of time, from exclusive to inclusive
-- The filter: see mirror/create.sql.
-- Returns one row: users (distinct), positives (thumbs up whose prompt and answer are known),
-- recent (feedback in the latest stretch), recent_positives, first_at (event time; null where
-- there is nothing).
select
    count(distinct user_id) as users,
    count(*) filter (where usable) as positives,
    count(*) filter (where fresh) as recent,
    count(*) filter (where usable and fresh) as recent_positives,
    min(created_at) as first_at
from (
    select
        user_id,
        created_at,
        created_at > $from::timestamp and created_at <= $now::timestamp as fresh,
        feedback = 'up'
        and user_message is not null
        and assistant_response is not null as usable
    from selected_feedback(
        $since, $until, $action_type, $feedback, $model, $prompt_version, $variant, $trust, $q
    )
);
