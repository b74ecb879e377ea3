-- The rows of a Parquet file that the operator named.
-- $path  the file
-- Returns the columns of the file.
select *
from read_parquet($path);
