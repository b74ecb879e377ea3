-- Stores a key. :hash SHA-256 of the key; :scopes and :origins JSON arrays; times in µs.
insert into api_keys (
    id, project_id, kind, hash, last4, scopes, origins, created_at, expires_at
)
values (
    :id, :project_id, :kind, :hash, :last4, :scopes, :origins, :created_at, :expires_at
)
