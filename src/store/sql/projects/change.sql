-- Changes a project. :id; :zone IANA name; :signatures_required 0 or 1; :reasons JSON or null for
-- the built-in ones. No rows. Index: primary key.
update projects
set zone = :zone,
    signatures_required = :signatures_required,
    reasons = :reasons
where id = :id
