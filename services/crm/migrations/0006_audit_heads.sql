-- How far the chain of each workspace is. The links themselves stand in audit-log.v1, from which this
-- is made anew: crm reads there what it does not know when it starts.
CREATE TABLE audit_heads (
    workspace        text PRIMARY KEY,
    number           bigint NOT NULL,
    hash             bytea NOT NULL,
    -- Of the event in audit-events.v1.
    source_partition integer NOT NULL,
    source_offset    bigint NOT NULL,
    -- Of the link in audit-log.v1.
    log_partition    integer NOT NULL,
    log_offset       bigint NOT NULL
);
