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
-- Readings of a clock that is not known yet: the microseconds since the machine started, and by its own clock.
CREATE TABLE IF NOT EXISTS undated (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    boot       TEXT NOT NULL,
    since_boot INTEGER NOT NULL,
    wall       INTEGER NOT NULL,
    properties BLOB NOT NULL
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
SELECT count(*), coalesce(sum(length(line)), 0), min(time), (SELECT count(*) FROM undated) FROM readings;

-- name: agent_queue_rejected
SELECT reason, count(*) FROM refused GROUP BY reason ORDER BY reason;

-- name: agent_queue_note
INSERT INTO notes (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: agent_queue_notes
SELECT name, value FROM notes;

-- name: agent_queue_note_newest
INSERT INTO notes (name, value) VALUES ('newest', ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value);

-- name: agent_queue_append_undated
INSERT INTO undated (boot, since_boot, wall, properties) VALUES (?, ?, ?, ?);

-- name: agent_queue_undated
-- Each start of the machine, the oldest first.
SELECT boot, min(since_boot) AS first, max(since_boot) AS last, min(wall - since_boot) AS started
FROM undated GROUP BY boot ORDER BY min(number);

-- name: agent_queue_peek_undated
SELECT number, since_boot, properties FROM undated WHERE boot = ? ORDER BY number LIMIT ?;

-- name: agent_queue_remove_undated
DELETE FROM undated WHERE boot = ? AND number <= ?;

-- name: agent_queue_drop_undated
DELETE FROM undated WHERE number IN (SELECT number FROM undated ORDER BY number LIMIT ?);
