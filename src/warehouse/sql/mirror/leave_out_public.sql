-- For the connection of one question, where a project requires signatures: views before the tables
-- of the same names, without what came with publishable keys. An answer counts as shown if a server
-- told it, or if it has feedback that counts. `mirror` stands for the name of the database.
create temp view feedback as
select *
from mirror.main.feedback
where trust <> 'public';

create temp view signals as
select *
from mirror.main.signals
where trust <> 'public';

create temp view responses as
select * replace (message_id in (select message_id from feedback) as rated)
from mirror.main.responses
where trust <> 'public'
    or message_id in (select message_id from feedback);
