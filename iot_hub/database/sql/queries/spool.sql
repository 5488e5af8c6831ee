-- name: spool_open
-- The spool is a file of its own, in SQLite's dialect. FULL: each commit is flushed to the disk.
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
-- A short log: on a full disk, what is in it can't be moved to where it belongs.
PRAGMA wal_autocheckpoint = 64;
-- Debian's SQLite overwrites what it deletes, and needs as much log for it.
PRAGMA secure_delete = OFF;
PRAGMA busy_timeout = 5000;
CREATE TABLE IF NOT EXISTS spool (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT NOT NULL,
    items       INTEGER NOT NULL,
    received_at REAL NOT NULL,
    payload     BLOB NOT NULL
) STRICT;

-- name: spool_append
INSERT INTO spool (kind, items, received_at, payload) VALUES (?, ?, ?, ?);

-- name: spool_oldest
SELECT number, kind, items, payload FROM spool ORDER BY number;

-- name: spool_remove
DELETE FROM spool WHERE number BETWEEN ? AND ?;

-- name: spool_depth
SELECT coalesce(sum(items), 0), coalesce(sum(length(payload)), 0), min(received_at) FROM spool;

-- name: spool_checkpoint
PRAGMA wal_checkpoint(TRUNCATE);
