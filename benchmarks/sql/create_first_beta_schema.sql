-- The first beta's tables stand beside the hub's, in a schema of their own.
CREATE SCHEMA first_beta
