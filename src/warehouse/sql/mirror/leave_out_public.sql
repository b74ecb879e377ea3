-- For the connection of one question, where a project requires signatures: views before the tables
-- of the same names, without what came with publishable keys, and without what pages told of an
-- answer.
-- `mirror` stands for the name of the database.
create temp view told_by_pages as
select message_id
from mirror.main.responses
where trust = 'public';

create temp view feedback as
select * replace (
    case when message_id not in (from told_by_pages) then conversation_id end as conversation_id,
    case when message_id not in (from told_by_pages) then user_message end as user_message,
    case
        when message_id not in (from told_by_pages) then assistant_response
    end as assistant_response,
    case when message_id not in (from told_by_pages) then messages end as messages,
    case when message_id not in (from told_by_pages) then tools end as tools,
    case when message_id not in (from told_by_pages) then action_type end as action_type,
    case when message_id not in (from told_by_pages) then action_data end as action_data,
    case when message_id not in (from told_by_pages) then model end as model,
    case when message_id not in (from told_by_pages) then prompt_version end as prompt_version,
    case when message_id not in (from told_by_pages) then experiment end as experiment,
    case when message_id not in (from told_by_pages) then variant end as variant,
    case when message_id not in (from told_by_pages) then finish_reason end as finish_reason,
    case when message_id not in (from told_by_pages) then usage end as usage,
    case when message_id not in (from told_by_pages) then pattern_hash end as pattern_hash
)
from mirror.main.feedback
where trust <> 'public';

create temp view signals as
select *
from mirror.main.signals
where trust <> 'public';

create temp view responses as
select * replace (message_id in (select message_id from feedback) as rated)
from mirror.main.responses
where trust <> 'public';
