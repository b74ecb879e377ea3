-- Refuses a key from now on. :id, :project_id; :revoked_at µs.
update api_keys
set revoked_at = :revoked_at
where id = :id
    and project_id = :project_id
    and revoked_at is null
