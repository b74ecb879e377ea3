-- Sets one fact about the database. :key its name, :value the fact.
insert into meta (key, value)
values (:key, :value)
on conflict (key) do update set value = excluded.value
