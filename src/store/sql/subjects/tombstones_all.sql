-- Everybody who was erased. Rows: project_id, user_id, erased_at µs.
select project_id, user_id, erased_at
from tombstones
