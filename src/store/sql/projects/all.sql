-- Every project, oldest first. Rows: projects.
select id, name, zone, signatures_required, reasons, created_at
from projects
order by id
