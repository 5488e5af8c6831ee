"""The map page as a browser reaches it: behind nginx and the API, of the hub that a module's settings describe."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from free_ports import free_ports
from login_world import Front, api, front

from iot_hub.settings import Settings


@pytest.fixture(scope="module")
def hub(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("map")
    api_port, nowhere = free_ports(2)
    with api(settings, folder, api_port), front(settings, folder, api_port, nowhere) as running:
        yield running
