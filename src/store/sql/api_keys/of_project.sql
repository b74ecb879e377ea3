-- Every key of a project, oldest first. :project_id. Rows: keys.
select
    id, project_id, kind, hash, last4, scopes, origins, created_at, revoked_at, expires_at
from api_keys
where project_id = :project_id
order by created_at, id
