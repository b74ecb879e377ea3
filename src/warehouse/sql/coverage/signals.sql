-- Signals by kind and by one dimension of the answer they are about.
-- $column  action_type, model, prompt_version, experiment, variant, trust, source,
--          conversation_id or action_data
-- $path    JSON pointer into action_data when that is the column, else null
-- The filter: see mirror/create.sql; event times are those of the signals, the rest is
-- of the answer; with $feedback or $trust nothing is selected.
-- Returns: key (null where nothing is known), kind, n (signals); no order.
select
    case $column::varchar
        when 'action_type' then responses.action_type
        when 'model' then responses.model
        when 'prompt_version' then responses.prompt_version
        when 'experiment' then responses.experiment
        when 'variant' then responses.variant
        when 'trust' then responses.trust
        when 'source' then responses.source
        when 'conversation_id' then responses.conversation_id
        when 'action_data' then json_extract_string(responses.action_data, $path::varchar)
    end as key,
    signals.kind,
    count(*) as n
from signals
left join responses on responses.message_id = signals.message_id
where ($since::timestamp is null or signals.created_at >= $since::timestamp)
    and ($until::timestamp is null or signals.created_at < $until::timestamp)
    and ($action_type::varchar is null or responses.action_type = $action_type::varchar)
    and $feedback::varchar is null
    and ($model::varchar is null or responses.model = $model::varchar)
    and ($prompt_version::varchar is null or responses.prompt_version = $prompt_version::varchar)
    and ($variant::varchar is null or responses.variant = $variant::varchar)
    and $trust::varchar is null
    and (
        $q::varchar is null
        or contains(ascii_lower(responses.user_message), ascii_lower($q::varchar))
        or contains(ascii_lower(responses.assistant_response), ascii_lower($q::varchar))
    )
group by key, signals.kind;
