-- Thumbs by one dimension.
-- $column  action_type, model, prompt_version, experiment, variant, trust, source,
--          conversation_id, feedback or action_data
-- $path    JSON pointer into action_data when that is the column, else null
-- The filter: see mirror/create.sql.
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
from selected_feedback(
    $since, $until, $action_type, $feedback, $model, $prompt_version, $variant, $trust, $q
)
group by key;
