-- The project of a name. :name. Row: a project or none. Index: unique (name).
select id, name, zone, signatures_required, reasons, created_at
from projects
where name = :name
