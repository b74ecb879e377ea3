-- Every feedback in the mirror, page by page, for comparison with the store.
-- $after  row number, exclusive; 0 for the first page
-- $limit  most rows
-- Returns the columns of the table feedback, by id.
select *
from feedback
where id > $after::bigint
order by id
limit $limit::bigint;
