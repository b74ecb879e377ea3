-- All current feedback of all projects, for a fingerprint. Rows: feedback.
select *
from feedback
