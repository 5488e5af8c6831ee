-- name: spool_schema
CREATE TABLE IF NOT EXISTS spool (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT NOT NULL,
    items       INTEGER NOT NULL,
    received_at REAL NOT NULL,
    payload     BLOB NOT NULL
) STRICT;

-- name: spool_append
INSERT INTO spool (kind, items, received_at, payload) VALUES (?, ?, ?, ?);

-- name: spool_peek
SELECT number, kind, items, payload FROM spool ORDER BY number;

-- name: spool_remove
DELETE FROM spool WHERE number BETWEEN ? AND ?;

-- name: spool_stats
SELECT coalesce(sum(items), 0), coalesce(sum(length(payload)), 0), min(received_at) FROM spool;
