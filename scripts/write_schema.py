"""Writes iot_hub/database/schema.sql from a database that this version migrates.

``make schema`` calls it; a test compares the file with a migrated database.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from iot_hub.database.connections import connect, owner_conninfo
from iot_hub.database.migrations import migrate
from iot_hub.database.schema_text import FILE, schema_text
from iot_hub.operations.postgres_server import running_server
from iot_hub.settings import Settings

if __name__ == "__main__":
    with TemporaryDirectory(prefix="iot-hub-schema-") as home:
        settings = Settings(home=Path(home), database_url=None)
        with running_server(settings):
            migrate(settings)
            with connect(owner_conninfo(settings, "schema")) as connection:
                FILE.write_text(schema_text(connection), encoding="utf-8")
