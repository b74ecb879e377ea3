-- The reply to a request that was done. :key_id, :idempotency_key; :since µs.
-- Row: a reply or none. Index: primary key.
select request_hash, status, body
from idempotency
where key_id = :key_id
    and idempotency_key = :idempotency_key
    and created_at >= :since
