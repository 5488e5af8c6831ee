"""PostgreSQL: connections, migrations, statements, the passwords of its roles."""
