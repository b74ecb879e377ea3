-- Removes the kept replies that speak of a subject. :user_id.
delete from idempotency
where instr(body, :user_id) > 0
