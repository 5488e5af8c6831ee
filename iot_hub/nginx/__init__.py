"""nginx in front: one origin, one port. The same templates serve this machine and deployments."""

from iot_hub.nginx.configuration import Behind, configuration, folder
from iot_hub.nginx.program import acme_folder, command, write

__all__ = ["Behind", "acme_folder", "command", "configuration", "folder", "write"]
