-- Removes every row of a subject from signals. :project_id, :user_id.
delete from signals
where project_id = :project_id
    and user_id = :user_id
