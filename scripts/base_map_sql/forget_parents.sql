DELETE FROM cut WHERE z = %(z)s
