-- Keeps a reply. :request_hash 32 bytes; :user_id whom it speaks of; :created_at µs.
insert into idempotency (
    key_id, idempotency_key, request_hash, status, body, user_id, created_at
)
values (
    :key_id, :idempotency_key, :request_hash, :status, :body, :user_id, :created_at
)
