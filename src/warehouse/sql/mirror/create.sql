-- The tables of a mirror: copies of the store's rows of one project, times as TIMESTAMP (UTC),
-- JSON as text, words as text. No key and no index: they would make the log of an insert twenty
-- times as large to replay, and every batch removes what it replaces.
-- The order of columns is the order in which rows are appended. The macros behind the tables are
-- what the questions share; made for each of them anew they would take longer than some answers.
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

-- Letter case as SQLite sees it, so that a text filter selects the same rows in both databases.
create macro ascii_lower(text) as
    translate(text, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz');

-- The filter, bound in the same way by every question; null selects everything:
-- since_at, until_at   event time, microseconds UTC, from inclusive to exclusive
-- with_action_type, with_model, with_prompt_version, with_variant   exactly this text
-- with_feedback        'up' or 'down'
-- with_trust           'public', 'signed' or 'secret'
-- with_text            text in prompt, answer or comment, letter case ignored
create macro selected_feedback(
    since_at, until_at, with_action_type, with_feedback, with_model, with_prompt_version,
    with_variant, with_trust, with_text
) as table
select *
from feedback
where (since_at::timestamp is null or created_at >= since_at::timestamp)
    and (until_at::timestamp is null or created_at < until_at::timestamp)
    and (with_action_type::varchar is null or action_type = with_action_type::varchar)
    and (with_feedback::varchar is null or feedback = with_feedback::varchar)
    and (with_model::varchar is null or model = with_model::varchar)
    and (with_prompt_version::varchar is null or prompt_version = with_prompt_version::varchar)
    and (with_variant::varchar is null or variant = with_variant::varchar)
    and (with_trust::varchar is null or trust = with_trust::varchar)
    and (
        with_text::varchar is null
        or contains(ascii_lower(user_message), ascii_lower(with_text::varchar))
        or contains(ascii_lower(assistant_response), ascii_lower(with_text::varchar))
        or contains(ascii_lower(comment), ascii_lower(with_text::varchar))
    );

-- The same of answers, which have event times, texts and the rest, but neither thumb nor
-- credential: with one of those nothing is selected.
create macro selected_responses(
    since_at, until_at, with_action_type, with_feedback, with_model, with_prompt_version,
    with_variant, with_trust, with_text
) as table
select *
from responses
where (since_at::timestamp is null or created_at >= since_at::timestamp)
    and (until_at::timestamp is null or created_at < until_at::timestamp)
    and (with_action_type::varchar is null or action_type = with_action_type::varchar)
    and with_feedback::varchar is null
    and (with_model::varchar is null or model = with_model::varchar)
    and (with_prompt_version::varchar is null or prompt_version = with_prompt_version::varchar)
    and (with_variant::varchar is null or variant = with_variant::varchar)
    and with_trust::varchar is null
    and (
        with_text::varchar is null
        or contains(ascii_lower(user_message), ascii_lower(with_text::varchar))
        or contains(ascii_lower(assistant_response), ascii_lower(with_text::varchar))
    );
