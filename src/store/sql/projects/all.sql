-- Every project, oldest first. Rows: projects.
select id, name, zone, created_at
from projects
order by id
