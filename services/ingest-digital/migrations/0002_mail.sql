-- Mail threads, mails that came before, and our own mails as effects. Whatever is personal is sealed.
CREATE TABLE mail_threads (
    workspace text NOT NULL,
    conversation_id text NOT NULL,
    entry_point text NOT NULL,
    mailbox text NOT NULL,
    key_id text NOT NULL,
    -- The contact that the router opened last on this conversation.
    contact_id text NOT NULL,
    contact_step bigint NOT NULL DEFAULT 0,
    -- Sealed: where an answer goes, what it is about, and what it answers.
    customer bytea,
    subject bytea,
    last_message_id bytea,
    last_references bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, conversation_id)
);

-- Who may write into a thread.
CREATE TABLE mail_participants (
    workspace text NOT NULL,
    conversation_id text NOT NULL,
    address_token text NOT NULL,
    PRIMARY KEY (workspace, conversation_id, address_token)
);

-- The Message-IDs of customers' mails (hashed), by which later ones find their thread.
CREATE TABLE mail_message_ids (
    workspace text NOT NULL,
    message_id_sha256 text NOT NULL,
    conversation_id text NOT NULL,
    PRIMARY KEY (workspace, message_id_sha256, conversation_id)
);

-- Mails of the last days: a repeat is the same message. Without `done_at` it must be finished.
CREATE TABLE mail_receipts (
    workspace text NOT NULL,
    entry_point text NOT NULL,
    dedup_key text NOT NULL,
    content_sha256 text NOT NULL,
    kind text NOT NULL,
    conversation_id text,
    is_first boolean NOT NULL DEFAULT false,
    received_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz,
    PRIMARY KEY (workspace, entry_point, dedup_key)
);
CREATE INDEX mail_receipts_age ON mail_receipts (received_at);

-- Our own mails: intended -> calling -> sent, failed or unknown.
CREATE TABLE outgoing_mails (
    command_id text PRIMARY KEY,
    workspace text NOT NULL,
    conversation_id text NOT NULL,
    contact_id text NOT NULL,
    message_id text NOT NULL,
    -- The Message-ID of the mail, by which a bounce finds it.
    mail_id text NOT NULL,
    command bytea NOT NULL,
    is_automatic boolean NOT NULL,
    state text NOT NULL DEFAULT 'intended'
        CHECK (state IN ('intended', 'calling', 'sent', 'failed', 'unknown')),
    reason text NOT NULL DEFAULT '',
    attempts int NOT NULL DEFAULT 0,
    intended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at timestamptz NOT NULL DEFAULT now(),
    claimed_at timestamptz,
    claimed_by text,
    -- DeliveryUpdated is in Kafka.
    reported_at timestamptz
);
CREATE INDEX outgoing_mails_open ON outgoing_mails (due_at) WHERE state IN ('intended', 'calling');
CREATE INDEX outgoing_mails_unreported ON outgoing_mails (workspace)
    WHERE state IN ('sent', 'failed', 'unknown') AND reported_at IS NULL;
CREATE INDEX outgoing_mails_conversation ON outgoing_mails (workspace, conversation_id, intended_at);
CREATE INDEX outgoing_mails_mail_id ON outgoing_mails (workspace, mail_id);
