-- Which messages the changed thumbs were on, as far as the mirror knows them; a deleted thumb can
-- be asked nowhere else.
-- No parameters. Returns: message_id.
select message_id
from feedback
where id in (select id from changed_thumbs);
