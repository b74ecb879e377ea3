-- A first vote. Times in µs; :reasons a JSON array or null. `seq` is the next position of the
-- change log.
insert into thumbs (
    project_id, message_id, user_id, feedback, reasons, comment, correction, trust, source,
    client_ts, created_at, updated_at, received_at, seq
)
values (
    :project_id, :message_id, :user_id, :feedback, :reasons, :comment, :correction, :trust,
    :source, :client_ts, :created_at, :updated_at, :received_at,
    (select coalesce(max(seq), 0) + 1 from sqlite_sequence where name = 'change_log')
)
