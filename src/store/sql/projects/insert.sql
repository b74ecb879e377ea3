-- Makes a project. :name unique; :zone IANA name; :created_at µs. Row: id.
insert into projects (name, zone, created_at)
values (:name, :zone, :created_at)
returning id
