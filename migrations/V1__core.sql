-- The ground state: everything that cannot be computed again.
--
-- All times are whole microseconds UTC. `created_at` is event time and decides
-- buckets; `received_at` is our clock and never runs backwards; `seq` is the
-- position in `change_log`, the order of commits.
--
-- Checks compare word by word: for a list of three or more, SQLite builds a table
-- each time. Every index ends with the row number.

create table meta (
    key text primary key not null,
    value text not null
) strict, without rowid;

create table projects (
    id integer primary key,
    name text not null unique,
    zone text not null default 'UTC',
    -- 1 when feedback from publishable keys is refused, and what there is of it counts nowhere.
    signatures_required integer not null default 0 check (signatures_required in (0, 1)),
    -- What the form of the widget offers; null for the built-in reasons.
    reasons text check (reasons is null or json_valid(reasons)),
    created_at integer not null
) strict;

-- A key is 32 random bytes, so a plain SHA-256 of it is enough to keep it safe. A signing
-- key is made of `secret.key` and its own id, so that the database alone signs nothing.
create table api_keys (
    id text primary key not null,
    project_id integer not null references projects (id) on delete cascade,
    kind text not null check (kind = 'secret' or kind = 'publishable' or kind = 'signing'),
    hash blob not null check (length(hash) = 32),
    last4 text not null,
    scopes text not null default '[]' check (json_valid(scopes)),
    origins text not null default '[]' check (json_valid(origins)),
    created_at integer not null,
    revoked_at integer,
    expires_at integer
) strict, without rowid;

-- One answer that the AI gave. All text lives here, once.
create table responses (
    id integer primary key autoincrement,
    project_id integer not null references projects (id) on delete cascade,
    message_id text not null,
    conversation_id text,
    user_message text,
    assistant_response text,
    messages text check (messages is null or json_valid(messages)),
    tools text check (tools is null or json_valid(tools)),
    action_type text,
    action_data text check (action_data is null or json_valid(action_data)),
    model text,
    prompt_version text,
    experiment text,
    variant text,
    finish_reason text,
    usage text check (usage is null or json_valid(usage)),
    -- Equal for equal (user_message, assistant_response, action_type).
    pattern_hash integer not null,
    trust text not null check (trust = 'public' or trust = 'signed' or trust = 'secret'),
    source text not null,
    created_at integer not null,
    received_at integer not null,
    seq integer not null default 0,
    unique (project_id, message_id)
) strict;

-- The current thumb of one subject on one response.
create table thumbs (
    id integer primary key autoincrement,
    project_id integer not null references projects (id) on delete cascade,
    message_id text not null,
    user_id text not null,
    feedback text not null check (feedback in ('up', 'down')),
    reasons text check (reasons is null or json_valid(reasons)),
    comment text,
    correction text,
    trust text not null check (trust = 'public' or trust = 'signed' or trust = 'secret'),
    source text not null,
    client_ts integer,
    created_at integer not null,
    updated_at integer not null,
    -- The time of the newest state that said just the same again, if there was one.
    confirmed_at integer,
    received_at integer not null,
    seq integer not null default 0,
    unique (project_id, message_id, user_id)
) strict;

create index thumbs_by_time on thumbs (project_id, created_at);

create index thumbs_by_user on thumbs (project_id, user_id);

-- Every state of a thumb besides the one that stands, which is the row in `thumbs`:
-- those before it, those that confirmed it, and those that came too late. `feedback`
-- is null where the thumb was taken back. (Most thumbs never change, and each state
-- is stored once.)
create table thumbs_history (
    id integer primary key,
    project_id integer not null references projects (id) on delete cascade,
    message_id text not null,
    user_id text not null,
    feedback text check (feedback in ('up', 'down')),
    reasons text,
    comment text,
    correction text,
    trust text not null,
    source text not null,
    client_ts integer,
    state_at integer not null,
    -- 1 when the state became current, 0 when it came too late to.
    became_current integer not null check (became_current in (0, 1)),
    received_at integer not null
) strict;

create index thumbs_history_by_thumb
on thumbs_history (project_id, message_id, user_id);

create index thumbs_history_by_user on thumbs_history (project_id, user_id);

create table signals (
    id integer primary key autoincrement,
    project_id integer not null references projects (id) on delete cascade,
    message_id text not null,
    user_id text not null,
    kind text not null check (kind in ('copy', 'regenerate', 'retry', 'edit', 'dwell')),
    value real,
    trust text not null check (trust = 'public' or trust = 'signed' or trust = 'secret'),
    client_ts integer,
    created_at integer not null,
    received_at integer not null,
    seq integer not null default 0
) strict;

create index signals_by_user on signals (project_id, user_id);

create table subjects (
    project_id integer not null references projects (id) on delete cascade,
    user_id text not null,
    opted_out_at integer,
    epoch integer not null default 1,
    primary key (project_id, user_id)
) strict, without rowid;

-- Whom to erase again when an older backup is restored.
create table tombstones (
    project_id integer not null,
    user_id text not null,
    erased_at integer not null,
    primary key (project_id, user_id)
) strict, without rowid;

-- Replies kept for a day, so that a repeated request is answered, not done again.
create table idempotency (
    key_id text not null,
    idempotency_key text not null,
    request_hash blob not null,
    status integer not null,
    body text not null,
    -- Whom the reply speaks of.
    user_id text not null,
    created_at integer not null,
    primary key (key_id, idempotency_key)
) strict, without rowid;

create index idempotency_by_time on idempotency (created_at);

create index idempotency_by_user on idempotency (user_id);

-- What the mirror follows, filled in the transaction of the change itself: by the
-- triggers below, and by the code for inserts, whose rows carry their `seq` from the
-- start. (SQLite copies every page that a statement with a trigger changes.) `op`
-- is 'erase' where the mirror must forget what it had.
create table change_log (
    seq integer primary key autoincrement,
    project_id integer not null,
    table_name text not null
    check (table_name = 'responses' or table_name = 'thumbs' or table_name = 'signals'),
    row_id integer not null,
    op text not null check (op = 'upsert' or op = 'delete' or op = 'erase')
) strict;

create index change_log_by_project on change_log (project_id);

create trigger responses_updated after update of received_at on responses
begin
    insert into change_log (project_id, table_name, row_id, op)
    values (new.project_id, 'responses', new.id, 'upsert');
    update responses set seq = last_insert_rowid() where id = new.id;
end;

create trigger responses_deleted after delete on responses
begin
    insert into change_log (project_id, table_name, row_id, op)
    values (old.project_id, 'responses', old.id, 'delete');
end;

create trigger thumbs_updated after update of received_at on thumbs
begin
    insert into change_log (project_id, table_name, row_id, op)
    values (new.project_id, 'thumbs', new.id, 'upsert');
    update thumbs set seq = last_insert_rowid() where id = new.id;
end;

create trigger thumbs_deleted after delete on thumbs
begin
    insert into change_log (project_id, table_name, row_id, op)
    values (old.project_id, 'thumbs', old.id, 'delete');
end;

create trigger signals_deleted after delete on signals
begin
    insert into change_log (project_id, table_name, row_id, op)
    values (old.project_id, 'signals', old.id, 'delete');
end;

-- Feedback: the current thumb read together with its response.
create view feedback as
select
    thumbs.id,
    thumbs.project_id,
    thumbs.user_id,
    thumbs.message_id,
    responses.conversation_id,
    thumbs.feedback,
    responses.user_message,
    responses.assistant_response,
    responses.messages,
    responses.tools,
    responses.action_type,
    responses.action_data,
    thumbs.reasons,
    thumbs.comment,
    thumbs.correction,
    responses.model,
    responses.prompt_version,
    responses.experiment,
    responses.variant,
    responses.finish_reason,
    responses.usage,
    responses.pattern_hash,
    thumbs.trust,
    thumbs.source,
    thumbs.client_ts,
    thumbs.created_at,
    thumbs.updated_at,
    thumbs.received_at,
    thumbs.seq
from thumbs
left join responses
    on responses.project_id = thumbs.project_id
    and responses.message_id = thumbs.message_id;

-- The same as far as it is to be believed: where signatures are required, words that
-- pages told stand beside their own thumbs only.
create view believed_feedback as
select
    thumbs.id,
    thumbs.project_id,
    thumbs.user_id,
    thumbs.message_id,
    responses.conversation_id,
    thumbs.feedback,
    responses.user_message,
    responses.assistant_response,
    responses.messages,
    responses.tools,
    responses.action_type,
    responses.action_data,
    thumbs.reasons,
    thumbs.comment,
    thumbs.correction,
    responses.model,
    responses.prompt_version,
    responses.experiment,
    responses.variant,
    responses.finish_reason,
    responses.usage,
    responses.pattern_hash,
    thumbs.trust,
    thumbs.source,
    thumbs.client_ts,
    thumbs.created_at,
    thumbs.updated_at,
    thumbs.received_at,
    thumbs.seq
from thumbs
left join responses
    on responses.project_id = thumbs.project_id
    and responses.message_id = thumbs.message_id
    and (
        responses.trust <> 'public'
        or thumbs.trust = 'public'
        or not (
            select projects.signatures_required
            from projects
            where projects.id = thumbs.project_id
        )
    );
