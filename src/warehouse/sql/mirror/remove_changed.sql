-- Removes what a batch replaces or deletes; the changed_* tables say what that is.
-- No parameters, no rows. Scans each table once.
delete from feedback
where id in (select id from changed_thumbs)
    or message_id in (select message_id from changed_messages);

delete from responses
where id in (select id from changed_responses);

delete from signals
where id in (select id from changed_signals);
