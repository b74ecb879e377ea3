-- A first vote. Times in µs; :reasons a JSON array or null.
insert into thumbs (
    project_id, message_id, user_id, feedback, reasons, comment, correction, trust, source,
    client_ts, created_at, updated_at, received_at
)
values (
    :project_id, :message_id, :user_id, :feedback, :reasons, :comment, :correction, :trust,
    :source, :client_ts, :created_at, :updated_at, :received_at
)
