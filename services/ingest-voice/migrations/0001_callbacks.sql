-- Customers who are called back, and our dials as effects. Whatever is personal is sealed.

-- Where customers came from, as long as a callback may be asked for and made.
CREATE TABLE origins (
    workspace text NOT NULL,
    contact_id text NOT NULL,
    key_id text NOT NULL,
    nonce bytea NOT NULL,
    ciphertext bytea NOT NULL,
    arrived_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, contact_id)
);
CREATE INDEX origins_age ON origins (arrived_at);

-- What is needed to call; without a number of its own the first contact's origin is called.
CREATE TABLE callbacks (
    workspace text NOT NULL,
    contact_id text NOT NULL,
    initial_id text NOT NULL,
    previous_id text NOT NULL,
    contact_key_id text NOT NULL,
    conversation_id text NOT NULL,
    key_id text,
    nonce bytea,
    ciphertext bytea,
    taken_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, contact_id)
);
CREATE INDEX callbacks_age ON callbacks (taken_at);

-- Claimed by one process before the agent is called, `dialled_at` before the customer is; `result`
-- after the log knows it. A row without a result whose process died is unknown.
CREATE TABLE dials (
    workspace text NOT NULL,
    command_id text NOT NULL,
    contact_id text NOT NULL,
    offer_id text NOT NULL,
    agent_id text NOT NULL,
    holder text NOT NULL,
    claimed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    dialled_at timestamptz,
    result text,
    ended_at timestamptz,
    PRIMARY KEY (workspace, command_id)
);
CREATE INDEX dials_open ON dials (holder) WHERE result IS NULL;
CREATE INDEX dials_age ON dials (claimed_at);
