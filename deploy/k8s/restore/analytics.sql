-- Forget what analytics has counted: its next start counts everything anew that the topic holds.
-- The targets of earlier policies stay: the topic keeps only the policy that is active.
TRUNCATE analytics.checkpoints, analytics.positions;
