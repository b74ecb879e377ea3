-- From when to when there is feedback.
-- The filter: see mirror/create.sql.
-- Returns one row: first_at, last_at (event time), both null where there is none.
select
    min(created_at) as first_at,
    max(created_at) as last_at
from selected_feedback(
    $since, $until, $action_type, $feedback, $model, $prompt_version, $variant, $trust, $q
);
