-- From when to when there is feedback up to some time, whatever else the filter says: who is new
-- does not hang on what is looked at.
-- $until  event time before; null for no end
-- Returns one row: first_at, last_at (event time), both null where there is none.
select
    min(created_at) as first_at,
    max(created_at) as last_at
from feedback
where $until::timestamp is null or created_at < $until::timestamp;
