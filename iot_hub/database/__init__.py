"""PostgreSQL: connections, migrations, and every SQL statement."""
