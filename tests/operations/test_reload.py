"""New code and a new certificate under load: no request fails, and no event is lost or stored twice."""

from __future__ import annotations

import itertools
import json
import os
import signal
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from free_ports import free_ports
from hub_process import Hub, events_listed, hub_environment, running_hub
from nginx_world import Authority
from waiting import wait_until

pytestmark = pytest.mark.hub

# More than nginx tries again: it keeps a connection to the API for each, and a killed API closes all at once.
CLIENTS = 16


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority")).set_up()


@pytest.fixture(scope="module")
def hub(authority: Authority) -> Iterator[Hub]:
    certificate, key = authority.issue()
    files = {"IOT_HUB_TLS_CERTIFICATE": str(certificate), "IOT_HUB_TLS_KEY": str(key)}
    with running_hub(IOT_HUB_TLS="files", **files) as running:
        yield running


_loads = itertools.count()


class Load:
    """Clients that send and ask, on connections that they keep.

    A server that closes a kept connection may do so while a request is on its way: the client then sends it again, on
    a new one (RFC 9112, 9.3.1). Whatever else goes wrong is counted.
    """

    def __init__(self, hub: Hub, authority: Authority) -> None:
        self.token = json.loads(hub.command("device", "add", "My phone", "--json").stdout)["token"]
        self.reader = hub.command("reader", "add", f"load {next(_loads)}").stdout.strip()
        self.answers: Counter[str] = Counter()
        self._hub, self._trusted = hub, authority.trusted()
        self._times = itertools.count(1_755_000_000)
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(CLIENTS)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        with httpx.Client(
            base_url=self._hub.url, verify=self._trusted, timeout=60, headers={"Authorization": f"Bearer {self.token}"}
        ) as client:
            # With room for the hub's processes to start: the machine has few cores.
            while not self._end.wait(0.02):
                event = {"device_timestamp": next(self._times), "properties": {"a": 1}}
                self._count("stored", lambda event=event: client.post("/v1/events", json=event))  # type: ignore[misc]
                reader = {"Authorization": f"Bearer {self.reader}"}
                self._count("asked", lambda reader=reader: client.get("/v1/devices", headers=reader))  # type: ignore[misc]

    def _count(self, name: str, request) -> None:  # noqa: ANN001
        try:
            try:
                answer = request()
            except httpx.RemoteProtocolError as closed:
                if "without sending a response" not in str(closed):
                    raise
                answer = request()
        except httpx.TransportError as error:
            self.answers[repr(error)] += 1
            return
        self.answers[name if answer.status_code == 200 else f"{answer.status_code} {answer.text}"] += 1


def _pids(hub: Hub) -> dict[str, int]:
    names = ("iot_hub api", "iot_hub worker", "app.py", "nginx: master", "bin/postgres -D")
    found = sorted(hub.children().items(), reverse=True)
    # The oldest of a name: a process that PostgreSQL has just forked still bears its parent's.
    return {name: pid for name in names for pid, line in found if name in line}


@pytest.mark.timeout(300)
def test_a_reload_a_new_certificate_and_a_killed_api_fail_no_request(hub: Hub, authority: Authority) -> None:
    before = _pids(hub)
    with Load(hub, authority) as load:
        wait_until(lambda: load.answers["stored"] > 50, 60)
        assert "runs the installed code" in hub.command("reload").stdout
        after = _pids(hub)
        assert {name for name in before if before[name] != after[name]} == {"iot_hub api", "iot_hub worker", "app.py"}
        # The hub looks every ten seconds by itself.
        certificate, _ = authority.issue()
        wait_until(lambda: _shown(hub) in certificate.read_text(), 60)
        os.kill(_pids(hub)["iot_hub api"], signal.SIGKILL)
        sent = load.answers["stored"]
        wait_until(lambda: load.answers["stored"] > sent + 50, 60)
    assert set(load.answers) == {"stored", "asked"}
    wait_until(lambda: events_listed(hub) == [("My phone", load.answers["stored"])], 60)


def _shown(hub: Hub) -> str:
    return ssl.get_server_certificate(("127.0.0.1", int(hub.environment["IOT_HUB_PORT"]))).strip()


def test_a_certificate_that_does_not_fit_is_told_and_the_last_one_stays(hub: Hub, authority: Authority) -> None:
    shown = _shown(hub)
    certificate = Path(hub.environment["IOT_HUB_TLS_CERTIFICATE"])
    certificate.write_text(authority.issue("another")[0].read_text())
    refused = hub.command("reload", check=False)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    assert "are not a certificate and its unencrypted key" in refused.stderr
    assert _shown(hub) == shown
    assert hub.ready()


def test_where_no_hub_runs_there_is_nothing_to_reload(tmp_path: Path) -> None:
    hub = Hub(hub_environment(str(tmp_path), free_ports(1)[0]), None, "")  # type: ignore[arg-type]
    refused = hub.command("reload", check=False)
    assert (refused.returncode, refused.stderr) == (
        1,
        f"iot-hub: No hub is running in {tmp_path}. Start it: iot-hub up\n",
    )
