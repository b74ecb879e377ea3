-- How the mirror has the rows that the changed_* tables name.
-- No parameters. Returns: table_name, id, seq, received_us. Scans each table once.
select
    'thumbs' as table_name,
    id,
    seq,
    epoch_us(received_at) as received_us
from feedback
where id in (select id from changed_thumbs)
union all
select
    'responses' as table_name,
    id,
    seq,
    epoch_us(received_at) as received_us
from responses
where id in (select id from changed_responses)
union all
select
    'signals' as table_name,
    id,
    seq,
    epoch_us(received_at) as received_us
from signals
where id in (select id from changed_signals);
