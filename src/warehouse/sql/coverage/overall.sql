-- How many of the answers that were shown got feedback.
-- The filter: see summary/by_action_type.sql; of answers, which have event times, texts and the
-- rest, but neither thumb nor credential: with $feedback or $trust nothing is selected.
-- Returns one row: shown (answers), rated (those with feedback).
select
    count(*) as shown,
    count(*) filter (where rated) as rated
from responses
where ($since::timestamp is null or created_at >= $since::timestamp)
    and ($until::timestamp is null or created_at < $until::timestamp)
    and ($action_type::varchar is null or action_type = $action_type::varchar)
    and $feedback::varchar is null
    and ($model::varchar is null or model = $model::varchar)
    and ($prompt_version::varchar is null or prompt_version = $prompt_version::varchar)
    and ($variant::varchar is null or variant = $variant::varchar)
    and $trust::varchar is null
    and (
        $q::varchar is null
        or contains(ascii_lower(user_message), ascii_lower($q::varchar))
        or contains(ascii_lower(assistant_response), ascii_lower($q::varchar))
    );
