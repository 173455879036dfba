-- Versions of flows that contacts began with, by content hash.
CREATE TABLE flow_versions (
    version text PRIMARY KEY,
    flow_name text NOT NULL,
    compiled text NOT NULL,
    first_used_at timestamptz NOT NULL DEFAULT now()
);

-- Where each contact stands that waits in its flow; kept for a day after, to know a repeat.
CREATE TABLE flow_states (
    workspace text NOT NULL,
    contact_id text NOT NULL,
    conversation_id text NOT NULL,
    flow_name text NOT NULL,
    -- Empty while the policy does not know the entry point.
    flow_version text NOT NULL,
    awaiting text NOT NULL,
    deadline_at timestamptz,
    outcome text NOT NULL,
    state jsonb NOT NULL,
    -- What the customer answered, sealed with the contact's key.
    variables_nonce bytea,
    variables_ciphertext bytea,
    began_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace, contact_id)
);

CREATE INDEX flow_states_due ON flow_states (deadline_at) WHERE deadline_at IS NOT NULL;
CREATE INDEX flow_states_running ON flow_states (workspace, conversation_id)
    WHERE awaiting <> 'over';
CREATE INDEX flow_states_over ON flow_states (changed_at) WHERE awaiting = 'over';
