-- One signal. Times in µs; :value milliseconds for dwell, else null.
insert into signals (
    project_id, message_id, user_id, kind, value, trust, client_ts, created_at, received_at
)
values (
    :project_id, :message_id, :user_id, :kind, :value, :trust, :client_ts, :created_at,
    :received_at
)
