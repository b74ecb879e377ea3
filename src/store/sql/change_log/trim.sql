-- Forgets all but the newest :kept changes. Index: primary key.
delete from change_log
where seq <= (select max(seq) from change_log) - :kept
