-- Remembers whom to erase again in a restored backup. :project_id, :user_id; :erased_at µs.
insert into tombstones (project_id, user_id, erased_at)
values (:project_id, :user_id, :erased_at)
on conflict (project_id, user_id) do update set erased_at = excluded.erased_at
