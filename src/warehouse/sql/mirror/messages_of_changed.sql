-- Which messages the changed responses were about, as far as the mirror knows them; a deleted
-- response can be asked nowhere else.
-- No parameters. Returns: message_id.
select message_id
from responses
where id in (select id from changed_responses);
