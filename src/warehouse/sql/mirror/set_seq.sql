-- Moves the watermark.
-- $seq  position in the store's change log
update mirror_meta
set seq = $seq;
