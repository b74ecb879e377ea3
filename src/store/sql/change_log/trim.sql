-- Forgets the oldest changes, at most :slice at a time and never the newest :kept.
-- Index: primary key.
delete from change_log
where seq < (select min(seq) from change_log) + :slice
    and seq <= (select max(seq) from change_log) - :kept
