-- name: sqlite_queue_open
-- A file of its own, in SQLite's dialect. FULL: each commit is flushed to the disk.
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
-- A short log: on a full disk, what is in it can't be moved to where it belongs.
PRAGMA wal_autocheckpoint = 64;
-- Debian's SQLite overwrites what it deletes, and needs as much log for it.
PRAGMA secure_delete = OFF;
PRAGMA busy_timeout = 5000;

-- name: sqlite_queue_used_pages
SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count;

-- name: sqlite_queue_checkpoint
PRAGMA wal_checkpoint(TRUNCATE);
