-- How each action type is received.
-- Returns: action_type (null where the app named none), n (feedback), up (thumbs up); no order.
--
-- The filter, bound in the same way by every question; null selects everything:
-- $since, $until   event time, microseconds UTC, from inclusive to exclusive
-- $action_type, $model, $prompt_version, $variant   exactly this text
-- $feedback        'up' or 'down'
-- $trust           'public', 'signed' or 'secret'
-- $q               text in prompt, answer or comment, letter case ignored
select
    action_type,
    count(*) as n,
    count(*) filter (where feedback = 'up') as up
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
group by action_type;
