-- The keys that seal personal data, wrapped with the master key. Destroying one empties `wrapped`.
CREATE TABLE contact_keys (
    workspace    text        NOT NULL,
    key_id       text        NOT NULL,
    wrapped      bytea,
    master       text        NOT NULL,
    leased_at    timestamptz NOT NULL DEFAULT now(),
    destroyed_at timestamptz,
    customer_id  text,
    PRIMARY KEY (workspace, key_id),
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

CREATE INDEX contact_keys_customer ON contact_keys (workspace, customer_id)
    WHERE customer_id IS NOT NULL;
