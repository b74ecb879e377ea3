-- The failure patterns: what was asked, answered and done in the same way and got thumbs down.
-- $at_least  fewest thumbs down of a pattern
-- $limit     most patterns
-- The filter: see mirror/create.sql; only its thumbs down count.
-- Returns, most frequent first, then latest, then by pattern: pattern_hash, user_message,
-- assistant_response, action_type, frequency (thumbs down), users (distinct), first_at, last_at
-- (event time), message_ids (up to five, latest first).
with pattern as (
    select
        pattern_hash,
        count(*) as frequency,
        min(created_at) as first_at,
        max(created_at) as last_at,
        max(id) as example
    from selected_feedback(
        $since, $until, $action_type, $feedback, $model, $prompt_version, $variant, $trust, $q
    )
    where feedback = 'down'
        and pattern_hash is not null
    group by pattern_hash
    having count(*) >= $at_least::bigint
    order by frequency desc, last_at desc, pattern_hash
    limit $limit::bigint
),

-- What is dear to compute, for the few that are shown.
detail as (
    select
        pattern_hash,
        count(distinct user_id) as users,
        arg_max(message_id, (created_at, id), 5) as message_ids
    from selected_feedback(
        $since, $until, $action_type, $feedback, $model, $prompt_version, $variant, $trust, $q
    )
    where feedback = 'down'
        and pattern_hash in (select pattern_hash from pattern)
    group by pattern_hash
)

select
    pattern.pattern_hash,
    feedback.user_message,
    feedback.assistant_response,
    feedback.action_type,
    pattern.frequency,
    detail.users,
    pattern.first_at,
    pattern.last_at,
    detail.message_ids
from pattern
inner join detail on detail.pattern_hash = pattern.pattern_hash
inner join feedback on feedback.id = pattern.example
order by pattern.frequency desc, pattern.last_at desc, pattern.pattern_hash;
