"""The nginx in front of the hub: one origin, one port."""

from iot_hub.operations.nginx.configuration import Upstreams, configuration, folder
from iot_hub.operations.nginx.program import acme_folder, command, files, write, write_page_files
from iot_hub.operations.nginx.sockets import listen, variable

__all__ = [
    "Upstreams",
    "acme_folder",
    "command",
    "configuration",
    "files",
    "folder",
    "listen",
    "variable",
    "write",
    "write_page_files",
]
