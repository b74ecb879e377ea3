-- How many of the answers that were shown got feedback, by one dimension.
-- $column  action_type, model, prompt_version, experiment, variant, trust, source,
--          conversation_id or action_data
-- $path    JSON pointer into action_data when that is the column, else null
-- The filter: see summary/by_action_type.sql; of answers, which have event times, texts and the
-- rest, but neither thumb nor credential: with $feedback or $trust nothing is selected.
-- Returns, in no order: key (null where the answer has none), shown (answers), rated (those with
-- feedback).
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
        when 'action_data' then json_extract_string(action_data, $path::varchar)
    end as key,
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
    )
group by key;
