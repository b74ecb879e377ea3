-- Opts a subject out, or in again. :project_id, :user_id; :opted_out_at µs or null.
insert into subjects (project_id, user_id, opted_out_at)
values (:project_id, :user_id, :opted_out_at)
on conflict (project_id, user_id) do update set opted_out_at = excluded.opted_out_at
