-- The time zone of a project. :id. Row: zone (IANA name). Index: primary key.
select zone
from projects
where id = :id
