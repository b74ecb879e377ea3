-- What the log still holds and how far it ever got, over all projects.
-- Returns one row: floor (lowest seq kept, null when the log is empty) and head (highest seq ever
-- given out, 0 before the first; SQLite keeps it even where the log is trimmed).
select
    (select min(seq) from change_log) as floor,
    coalesce((select seq from sqlite_sequence where name = 'change_log'), 0) as head;
