-- Voters and thumbs by the week in which the voter was first seen and the week of the vote.
-- $start   where cell 0 starts, in microseconds since 1970; nothing is earlier
-- $length  of a cell, in microseconds
-- $cells   the first cell of each week and the one behind the last, as text: [0, 168, 336]
-- $end     event time before
-- The filter: see mirror/create.sql. What it leaves out does not count as a vote, but
-- whoever gave it was seen.
-- Returns: first_week, week (numbers from 0), users (who gave any feedback in that week), voters
-- (who gave some that the filter selects), n (such feedback), up (thumbs up among it); no order.
with edges as (
    select $cells::varchar::bigint[] as cells
),

weeks as (
    select
        number - 1 as week,
        unnest(range(cells[number], cells[number + 1])) as cell
    from (select cells, unnest(range(1, len(cells))) as number from edges)
),

votes as (
    select
        user_id,
        (epoch_us(created_at) - $start::bigint) // $length::bigint as cell,
        feedback = 'up' as up,
        (
            ($since::timestamp is null or created_at >= $since::timestamp)
            and ($until::timestamp is null or created_at < $until::timestamp)
            and ($action_type::varchar is null or action_type = $action_type::varchar)
            and ($feedback::varchar is null or feedback = $feedback::varchar)
            and ($model::varchar is null or model = $model::varchar)
            and (
                $prompt_version::varchar is null or prompt_version = $prompt_version::varchar
            )
            and ($variant::varchar is null or variant = $variant::varchar)
            and ($trust::varchar is null or trust = $trust::varchar)
            and (
                $q::varchar is null
                or coalesce(contains(ascii_lower(user_message), ascii_lower($q::varchar)), false)
                or coalesce(
                    contains(ascii_lower(assistant_response), ascii_lower($q::varchar)), false
                )
                or coalesce(contains(ascii_lower(comment), ascii_lower($q::varchar)), false)
            )
        ) as selected
    from feedback
    where created_at < $end::timestamp
),

users as (
    select
        votes.user_id,
        weeks.week,
        min(weeks.week) over (partition by votes.user_id) as first_week,
        count(*) filter (where votes.selected) as n,
        count(*) filter (where votes.selected and votes.up) as up
    from votes
    inner join weeks on weeks.cell = votes.cell
    group by votes.user_id, weeks.week
)

select
    first_week,
    week,
    count(*) as users,
    count(*) filter (where n > 0) as voters,
    sum(n)::bigint as n,
    sum(up)::bigint as up
from users
group by first_week, week;
