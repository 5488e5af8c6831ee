"""Finished days in object storage, written once; backups; retention.

    raw/device_id=1/date=2025-08-22/<SHA-256 of the object>.parquet   and <the same>.json about it
    state/<time>-<digest>.json.zst                                    devices, areas, tokens' hashes, …

From it alone an empty hub can be filled again. ``docs/archive.md`` describes the format.
"""

import os

# Arrow's own allocator keeps what each thread has freed, 40 MB in a run. Asked for before pyarrow is
# loaded: its setter leaves out what Parquet allocates inside.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
