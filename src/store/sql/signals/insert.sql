-- One signal. Times in µs; :value milliseconds for dwell, else null. `seq` is the next position of
-- the change log.
insert into signals (
    project_id, message_id, user_id, kind, value, trust, client_ts, created_at, received_at,
    seq
)
values (
    :project_id, :message_id, :user_id, :kind, :value, :trust, :client_ts, :created_at,
    :received_at,
    (select coalesce(max(seq), 0) + 1 from sqlite_sequence where name = 'change_log')
)
