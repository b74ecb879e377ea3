-- Changes the time zone of a project. :id; :zone IANA name. No rows. Index: primary key.
update projects
set zone = :zone
where id = :id
