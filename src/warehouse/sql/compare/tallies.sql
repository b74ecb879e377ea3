-- Thumbs of two sides.
-- $column  a dimension by which the sides differ, as in approval/by_dimension.sql; null for none
-- $path    JSON pointer into action_data when that is the column, else null
-- $a, $b   the side's value of the dimension
-- $a_since, $a_until, $b_since, $b_until   the side's event times; null for no limit
-- The filter: see mirror/create.sql; both sides are within it.
-- Returns one row: a_n (feedback), a_up (thumbs up), b_n, b_up.
select
    count(*) filter (where a) as a_n,
    count(*) filter (where a and up) as a_up,
    count(*) filter (where b) as b_n,
    count(*) filter (where b and up) as b_up
from (
    select
        up,
        coalesce($column::varchar is null or key = $a::varchar, false)
        and ($a_since::timestamp is null or created_at >= $a_since::timestamp)
        and ($a_until::timestamp is null or created_at < $a_until::timestamp) as a,
        coalesce($column::varchar is null or key = $b::varchar, false)
        and ($b_since::timestamp is null or created_at >= $b_since::timestamp)
        and ($b_until::timestamp is null or created_at < $b_until::timestamp) as b
    from (
        select
            created_at,
            feedback = 'up' as up,
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
            end as key
        from selected_feedback(
            $since, $until, $action_type, $feedback, $model, $prompt_version, $variant, $trust, $q
        )
    )
);
