-- What a batch touches, for the one connection that writes; kept in memory.
create or replace temp table changed_thumbs (id bigint not null);
create or replace temp table changed_responses (id bigint not null);
create or replace temp table changed_signals (id bigint not null);
create or replace temp table changed_rated (id bigint not null, rated boolean not null);
create or replace temp table changed_messages (message_id varchar not null);
