-- Who the customers are and which contacts are theirs.
CREATE TABLE customers (
    workspace     text        NOT NULL,
    customer_id   text        NOT NULL,
    merged_into   text,
    name          bytea,
    tier          text        NOT NULL DEFAULT '',
    key_id        text,
    first_seen_at timestamptz NOT NULL,
    PRIMARY KEY (workspace, customer_id)
);

CREATE INDEX customers_merged ON customers (workspace, merged_into) WHERE merged_into IS NOT NULL;

-- Addresses; the same verified one belongs to one customer only. `address` is sealed.
CREATE TABLE identities (
    workspace   text    NOT NULL,
    customer_id text    NOT NULL,
    kind        text    NOT NULL,
    token       text    NOT NULL,
    is_verified boolean NOT NULL,
    address     bytea,
    PRIMARY KEY (workspace, customer_id, kind, token)
);

CREATE UNIQUE INDEX identities_verified ON identities (workspace, kind, token) WHERE is_verified;

-- The customer of each contact. Without one it waits for the contact that it came from.
CREATE TABLE identifications (
    workspace   text        NOT NULL,
    contact_id  text        NOT NULL,
    customer_id text,
    is_new      boolean     NOT NULL,
    initial_id  text        NOT NULL,
    key_id      text        NOT NULL,
    arrived_at  timestamptz NOT NULL,
    PRIMARY KEY (workspace, contact_id)
);

CREATE INDEX identifications_customer ON identifications (workspace, customer_id);
CREATE INDEX identifications_initial ON identifications (workspace, initial_id)
    WHERE initial_id <> '';

-- Two customers who came with one contact's addresses: for people to look at, never merged by itself.
CREATE TABLE possible_duplicates (
    workspace         text        NOT NULL,
    customer_id       text        NOT NULL,
    other_customer_id text        NOT NULL,
    contact_id        text        NOT NULL,
    noticed_at        timestamptz NOT NULL,
    PRIMARY KEY (workspace, customer_id, other_customer_id)
);
