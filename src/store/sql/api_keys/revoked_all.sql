-- Every revoked key. Rows: id, project_id, revoked_at µs.
select id, project_id, revoked_at
from api_keys
where revoked_at is not null
