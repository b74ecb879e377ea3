-- The key of an id. :id. Row: a key or none. Index: primary key.
select
    id, project_id, kind, hash, last4, scopes, origins, created_at, revoked_at, expires_at
from api_keys
where id = :id
