-- What happened and what was said. Each table is the fold of one topic, keyed by natural ids.

-- routing-events.v1
CREATE TABLE contacts (
    workspace       text   NOT NULL,
    contact_id      text   NOT NULL,
    step_number     bigint NOT NULL,
    channel         text,
    entry_point     text,
    conversation_id text,
    initial_id      text,
    previous_id     text,
    related_ids     text[],
    arrived_at      timestamptz,
    ended_at        timestamptz,
    cause           text,
    queue           text,
    agent_id        text,
    disposition     text,
    note            bytea,
    PRIMARY KEY (workspace, contact_id)
);

-- Which contact a customer's message belongs to, as the router decided.
CREATE TABLE message_contacts (
    workspace   text   NOT NULL,
    message_id  text   NOT NULL,
    contact_id  text   NOT NULL,
    step_number bigint NOT NULL,
    PRIMARY KEY (workspace, message_id)
);

CREATE INDEX message_contacts_contact ON message_contacts (workspace, contact_id);

-- message-events.v1
CREATE TABLE messages (
    workspace       text        NOT NULL,
    message_id      text        NOT NULL,
    conversation_id text        NOT NULL,
    contact_id      text        NOT NULL,
    author          text        NOT NULL,
    author_id       text        NOT NULL,
    kind            text        NOT NULL,
    body            bytea,
    subject         bytea,
    attachments     bytea[]     NOT NULL,
    said_at         timestamptz NOT NULL,
    position        bigint      NOT NULL,
    PRIMARY KEY (workspace, message_id)
);

CREATE INDEX messages_conversation ON messages (workspace, conversation_id, position);
CREATE INDEX messages_contact ON messages (workspace, contact_id);

CREATE TABLE deliveries (
    workspace  text     NOT NULL,
    message_id text     NOT NULL,
    status     text     NOT NULL,
    rank       smallint NOT NULL,
    PRIMARY KEY (workspace, message_id)
);

CREATE TABLE recordings (
    workspace        text             NOT NULL,
    recording_id     text             NOT NULL,
    contact_id       text             NOT NULL,
    uri              text             NOT NULL,
    duration_seconds double precision NOT NULL,
    PRIMARY KEY (workspace, recording_id)
);

CREATE INDEX recordings_contact ON recordings (workspace, contact_id);

-- How far the tables above go: changed in the same transaction as they are.
CREATE TABLE projected_steps (
    workspace   text   PRIMARY KEY,
    step_number bigint NOT NULL
);

CREATE TABLE projected_positions (
    topic       text    NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint  NOT NULL,
    PRIMARY KEY (topic, partition)
);
