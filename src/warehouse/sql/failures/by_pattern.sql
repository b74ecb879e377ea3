-- The failure patterns: what was asked, answered and done in the same way and got thumbs down.
-- $at_least  fewest thumbs down of a pattern
-- $limit     most patterns
-- The filter: see summary/by_action_type.sql; only its thumbs down count.
-- Returns, most frequent first, then latest, then by pattern: pattern_hash, user_message,
-- assistant_response, action_type, frequency (thumbs down), users (distinct), first_at, last_at
-- (event time), message_ids (up to five, latest first).
with down as (
    select
        id,
        pattern_hash,
        user_id,
        message_id,
        created_at
    from feedback
    where ($since::timestamp is null or created_at >= $since::timestamp)
        and ($until::timestamp is null or created_at < $until::timestamp)
        and ($action_type::varchar is null or action_type = $action_type::varchar)
        and ($feedback::varchar is null or feedback = $feedback::varchar)
        and ($model::varchar is null or model = $model::varchar)
        and ($prompt_version::varchar is null or prompt_version = $prompt_version::varchar)
        and ($variant::varchar is null or variant = $variant::varchar)
        and ($trust::varchar is null or trust = $trust::varchar)
        and (
            $q::varchar is null
            or contains(ascii_lower(user_message), ascii_lower($q::varchar))
            or contains(ascii_lower(assistant_response), ascii_lower($q::varchar))
            or contains(ascii_lower(comment), ascii_lower($q::varchar))
        )
        and feedback = 'down'
        and pattern_hash is not null
),

pattern as (
    select
        pattern_hash,
        count(*) as frequency,
        count(distinct user_id) as users,
        min(created_at) as first_at,
        max(created_at) as last_at,
        max(id) as example,
        arg_max(message_id, (created_at, id), 5) as message_ids
    from down
    group by pattern_hash
    having count(*) >= $at_least::bigint
    order by frequency desc, last_at desc, pattern_hash
    limit $limit::bigint
)

select
    pattern.pattern_hash,
    feedback.user_message,
    feedback.assistant_response,
    feedback.action_type,
    pattern.frequency,
    pattern.users,
    pattern.first_at,
    pattern.last_at,
    pattern.message_ids
from pattern
inner join feedback on feedback.id = pattern.example
order by pattern.frequency desc, pattern.last_at desc, pattern.pattern_hash;
