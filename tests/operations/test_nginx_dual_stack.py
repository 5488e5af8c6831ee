"""One setting opens the hub to IPv4 and IPv6."""

from __future__ import annotations

import subprocess
from pathlib import Path

import httpx
import pytest
from hub_process import free_port
from waiting import wait_until

from iot_hub.operations import nginx
from iot_hub.settings import Settings

pytestmark = pytest.mark.hub


@pytest.mark.parametrize("address", ["127.0.0.1", "[::1]"])
def test_nginx_on_every_address_is_reached_by_ipv4_and_ipv6(tmp_path: Path, address: str) -> None:
    settings = Settings(home=tmp_path, host="::", port=free_port())
    nothing = f"127.0.0.1:{free_port()}"
    line = nginx.command(nginx.write(settings, nginx.Upstreams(nothing, nothing)))
    with subprocess.Popen(line, stderr=subprocess.PIPE) as front:
        try:
            wait_until(lambda: _status(f"http://{address}:{settings.port}/healthz") == 503)
        finally:
            front.terminate()


def _status(url: str) -> int:
    try:
        return httpx.get(url, verify=False).status_code
    except httpx.TransportError:
        return 0
