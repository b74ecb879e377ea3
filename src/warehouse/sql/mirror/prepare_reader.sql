-- For every connection: `now()` without time zones, which the bundled DuckDB has no library for.
-- All times in a mirror are UTC without a zone, and so is this one.
create or replace temp macro now() as make_timestamp(epoch_us(get_current_timestamp()));
