-- The position of the last change, 0 before the first. Row: seq.
select coalesce(max(seq), 0) as seq
from change_log
