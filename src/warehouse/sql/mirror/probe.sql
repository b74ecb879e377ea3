-- Touches every table of a file that was just opened.
-- No parameters. Returns one row: version (of the library), feedback, responses, signals (rows).
select
    version() as version,
    (select count(*) from feedback) as feedback,
    (select count(*) from responses) as responses,
    (select count(*) from signals) as signals;
