-- How many thumbs down there are, and how many of them belong to no pattern because nothing is
-- known of the answer.
-- The filter: see mirror/create.sql; only its thumbs down count.
-- Returns one row: n (thumbs down), unexplained.
select
    count(*) as n,
    count(*) filter (where pattern_hash is null) as unexplained
from selected_feedback(
    $since, $until, $action_type, $feedback, $model, $prompt_version, $variant, $trust, $q
)
where feedback = 'down';
