-- One fact about the database. :key its name. Row: value.
select value
from meta
where key = :key
