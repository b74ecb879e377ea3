-- Keeps one state of a thumb. Times in µs; :feedback null where it was taken back.
insert into thumbs_history (
    project_id, message_id, user_id, feedback, reasons, comment, correction, trust, source,
    client_ts, state_at, became_current, received_at
)
values (
    :project_id, :message_id, :user_id, :feedback, :reasons, :comment, :correction, :trust,
    :source, :client_ts, :state_at, :became_current, :received_at
)
