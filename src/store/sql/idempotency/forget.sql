-- Forgets old replies. :before µs. Index: idempotency_by_time.
delete from idempotency
where created_at < :before
