-- From when to when there is feedback.
-- The filter: see summary/by_action_type.sql.
-- Returns one row: first_at, last_at (event time), both null where there is none.
select
    min(created_at) as first_at,
    max(created_at) as last_at
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
    );
