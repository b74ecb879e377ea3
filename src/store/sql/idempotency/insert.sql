-- Keeps a reply. :request_hash 32 bytes; :created_at µs.
insert into idempotency (key_id, idempotency_key, request_hash, status, body, created_at)
values (:key_id, :idempotency_key, :request_hash, :status, :body, :created_at)
