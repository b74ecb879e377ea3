-- How each action type is received.
-- The filter: see mirror/create.sql.
-- Returns: action_type (null where the app named none), n (feedback), up (thumbs up); no order.
select
    action_type,
    count(*) as n,
    count(*) filter (where feedback = 'up') as up
from selected_feedback(
    $since, $until, $action_type, $feedback, $model, $prompt_version, $variant, $trust, $q
)
group by action_type;
