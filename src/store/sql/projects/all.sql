-- Every project, oldest first. Rows: projects.
select id, name, created_at
from projects
order by id
