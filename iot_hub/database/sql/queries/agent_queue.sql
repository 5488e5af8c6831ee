-- name: agent_queue_schema
-- Kilobytes: a phone's memory is not the agent's.
PRAGMA cache_size = -256;
CREATE TABLE IF NOT EXISTS readings (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    time   INTEGER NOT NULL,
    line   BLOB NOT NULL
) STRICT;
-- Rejected readings; the name is that of version 1.0.
CREATE TABLE IF NOT EXISTS refused (
    number     INTEGER PRIMARY KEY,
    refused_at INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    line       BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS notes (
    name  TEXT PRIMARY KEY,
    value ANY
) STRICT;

-- name: agent_queue_append
INSERT INTO readings (time, line) VALUES (?, ?);

-- name: agent_queue_peek
SELECT number, line FROM readings ORDER BY number LIMIT ?;

-- name: agent_queue_remove
DELETE FROM readings WHERE number BETWEEN ? AND ?;

-- name: agent_queue_reject
-- Nothing where another process has finished the batch already.
INSERT OR IGNORE INTO refused (number, refused_at, reason, line)
SELECT number, ?, ?, line FROM readings WHERE number = ?;

-- name: agent_queue_trim_rejected
DELETE FROM refused WHERE number NOT IN (SELECT number FROM refused ORDER BY refused_at DESC, number DESC LIMIT ?);

-- name: agent_queue_drop
DELETE FROM readings WHERE number IN (SELECT number FROM readings ORDER BY number LIMIT ?);

-- name: agent_queue_count_dropped
INSERT INTO notes (name, value) VALUES ('dropped', ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value;

-- name: agent_queue_count
-- Up to this many: nobody waits for the rest to be counted.
SELECT count(*) FROM (SELECT 1 FROM readings LIMIT ?);

-- name: agent_queue_stats
SELECT count(*), coalesce(sum(length(line)), 0), min(time) FROM readings;

-- name: agent_queue_rejected
SELECT reason, count(*) FROM refused GROUP BY reason ORDER BY reason;

-- name: agent_queue_note
INSERT INTO notes (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: agent_queue_notes
SELECT name, value FROM notes;
