-- Whether a change is in the log. :seq. Row: found (0 or 1). Index: primary key.
select exists (select 1 from change_log where seq = :seq) as found
