-- In SQLite's dialect: every reading that an agent's queue ever held.
SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'readings'
