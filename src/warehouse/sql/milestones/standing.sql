-- Where the project stands.
-- $from, $now  the latest stretch of time, from exclusive to inclusive
-- The filter: see summary/by_action_type.sql.
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
    from feedback
    where ($since::timestamp is null or created_at >= $since::timestamp)
        and ($until::timestamp is null or created_at < $until::timestamp)
        and ($action_type::varchar is null or action_type = $action_type::varchar)
        and ($feedback::varchar is null or feedback = $feedback::varchar)
        and ($model::varchar is null or model = $model::varchar)
        and ($prompt_version::varchar is null or prompt_version = $prompt_version::varchar)
        and ($variant::varchar is null or variant = $variant::varchar)
        and ($trust::varchar is null or trust = $trust::varchar)
        and (
            $q::varchar is null
            or contains(ascii_lower(user_message), ascii_lower($q::varchar))
            or contains(ascii_lower(assistant_response), ascii_lower($q::varchar))
            or contains(ascii_lower(comment), ascii_lower($q::varchar))
        )
);
