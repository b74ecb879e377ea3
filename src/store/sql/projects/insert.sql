-- Makes a project. :name unique; :created_at µs. Row: id.
insert into projects (name, created_at)
values (:name, :created_at)
returning id
