-- Marks the responses whose rating changed; changed_rated says how. No parameters, no rows.
update responses
set rated = changed_rated.rated
from changed_rated
where responses.id = changed_rated.id;
