-- The tables of a mirror: copies of the store's rows of one project, times as TIMESTAMP (UTC),
-- JSON as text, words as text. No key and no index: they would make the log of an insert twenty
-- times as large to replay, and every batch removes what it replaces.
-- The order of columns is the order in which rows are appended.
create table feedback (
    id bigint not null,
    user_id varchar not null,
    message_id varchar not null,
    conversation_id varchar,
    feedback varchar not null,
    user_message varchar,
    assistant_response varchar,
    messages varchar,
    tools varchar,
    action_type varchar,
    action_data varchar,
    reasons varchar,
    comment varchar,
    correction varchar,
    model varchar,
    prompt_version varchar,
    experiment varchar,
    variant varchar,
    finish_reason varchar,
    usage varchar,
    pattern_hash bigint,
    trust varchar not null,
    source varchar not null,
    client_ts timestamp,
    created_at timestamp not null,
    updated_at timestamp not null,
    received_at timestamp not null,
    seq bigint not null
);

create table responses (
    id bigint not null,
    message_id varchar not null,
    conversation_id varchar,
    user_message varchar,
    assistant_response varchar,
    messages varchar,
    tools varchar,
    action_type varchar,
    action_data varchar,
    model varchar,
    prompt_version varchar,
    experiment varchar,
    variant varchar,
    finish_reason varchar,
    usage varchar,
    pattern_hash bigint not null,
    trust varchar not null,
    source varchar not null,
    created_at timestamp not null,
    received_at timestamp not null,
    seq bigint not null,
    -- Whether there is feedback on it. The one column that the store does not have: asked of all
    -- rows, joining the two tables would take the time of ten other questions.
    rated boolean not null
);

create table signals (
    id bigint not null,
    message_id varchar not null,
    user_id varchar not null,
    kind varchar not null,
    value double,
    trust varchar not null,
    client_ts timestamp,
    created_at timestamp not null,
    received_at timestamp not null,
    seq bigint not null
);

-- One row: what the file is a copy of, and how far. The only watermark there is. `layout` is the
-- hash of all columns as they were made.
create table mirror_meta (
    schema_number integer not null,
    duckdb_version varchar not null,
    source_uuid varchar not null,
    layout varchar not null,
    seq bigint not null
);
