-- Thumbs by cells of equal length.
-- $start   where cell 0 starts, in microseconds since 1970; nothing selected is earlier
-- $length  of a cell, in microseconds
-- The filter: see mirror/create.sql.
-- Returns: cell, n (feedback), up (thumbs up); no order, no empty cells.
select
    (epoch_us(created_at) - $start::bigint) // $length::bigint as cell,
    count(*) as n,
    count(*) filter (where feedback = 'up') as up
from selected_feedback(
    $since, $until, $action_type, $feedback, $model, $prompt_version, $variant, $trust, $q
)
group by cell;
