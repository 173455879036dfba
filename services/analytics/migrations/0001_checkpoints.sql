-- The fold as JSON, and the positions up to which it goes; written together.
CREATE TABLE checkpoints (
    definitions text        NOT NULL,
    workspace   text        NOT NULL,
    step_number bigint      NOT NULL,
    state       json        NOT NULL,
    saved_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (definitions, workspace)
);

CREATE TABLE positions (
    definitions text    NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint  NOT NULL,
    PRIMARY KEY (definitions, partition)
);

-- Every version of a policy that was seen: the topic keeps only the last one for ever.
CREATE TABLE policy_targets (
    workspace text   NOT NULL,
    version   bigint NOT NULL,
    targets   json   NOT NULL,
    PRIMARY KEY (workspace, version)
);
