-- Removes the kept replies that speak of a subject. :user_id. Index: idempotency_by_user.
delete from idempotency
where user_id = :user_id
