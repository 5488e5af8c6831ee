"""The query API: the devices' data for other programs.

``query_api()`` makes a FastAPI application with full paths (``/v1/devices``, ``/docs``,
``/openapi.json``), to be mounted at the root behind the receivers.
"""

from iot_hub.api.query.endpoints import query_api
from iot_hub.api.query.openapi import PREFIX

__all__ = ["PREFIX", "query_api"]
