-- A project. :id. Row: a project. Index: primary key.
select id, name, zone, signatures_required, reasons, created_at
from projects
where id = :id
