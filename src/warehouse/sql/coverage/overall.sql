-- How many of the answers that were shown got feedback.
-- The filter: see mirror/create.sql, that of answers.
-- Returns one row: shown (answers), rated (those with feedback).
select
    count(*) as shown,
    count(*) filter (where rated) as rated
from selected_responses(
    $since, $until, $action_type, $feedback, $model, $prompt_version, $variant, $trust, $q
);
