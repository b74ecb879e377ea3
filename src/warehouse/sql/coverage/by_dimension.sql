-- How many of the answers that were shown got feedback, by one dimension.
-- $column  action_type, model, prompt_version, experiment, variant, trust, source,
--          conversation_id or action_data
-- $path    JSON pointer into action_data when that is the column, else null
-- The filter: see mirror/create.sql, that of answers.
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
from selected_responses(
    $since, $until, $action_type, $feedback, $model, $prompt_version, $variant, $trust, $q
)
group by key;
