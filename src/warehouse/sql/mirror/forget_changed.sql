-- Empties the changed_* tables for the next batch. No parameters, no rows.
delete from changed_thumbs;
delete from changed_responses;
delete from changed_signals;
delete from changed_rated;
delete from changed_messages;
