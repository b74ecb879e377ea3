-- Everybody who ever opted out or in again. Rows: project_id, user_id, opted_out_at µs or null.
select project_id, user_id, opted_out_at
from subjects
