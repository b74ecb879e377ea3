-- Thumbs by one dimension.
-- $column  action_type, model, prompt_version, experiment, variant, trust, source,
--          conversation_id, feedback or action_data
-- $path    JSON pointer into action_data when that is the column, else null
-- The filter: see summary/by_action_type.sql.
-- Returns: key (null where the feedback has none), n (feedback), up (thumbs up); no order.
select
    case $column::varchar
        when 'action_type' then action_type
        when 'model' then model
        when 'prompt_version' then prompt_version
        when 'experiment' then experiment
        when 'variant' then variant
        when 'trust' then trust
        when 'source' then source
        when 'conversation_id' then conversation_id
        when 'feedback' then feedback
        when 'action_data' then json_extract_string(action_data, $path::varchar)
    end as key,
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
group by key;
