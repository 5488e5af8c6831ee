"""The times of receipt: the same message has one, however often it comes; another message has its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_hub.ingest.mqtt.receive_times import ReceiveTimes
from iot_hub.timestamps import Microseconds


def receive(
    times: ReceiveTimes, packet_id: int, topic: str, payload: bytes, *, is_repeated: bool = False
) -> Microseconds:
    """Receive a message without a time of its own."""
    at = times.received_at(packet_id, topic, payload, is_repeated=is_repeated)
    times.remember(packet_id, topic, payload, at)
    return at


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mqtt" / "receive-times"


def test_a_message_keeps_its_time_over_a_killed_process(path: Path) -> None:
    first = ReceiveTimes(path)
    at = receive(first, 7, "tele/plug/LWT", b"Online")
    # Nothing is closed: a killed process closes nothing.
    again = ReceiveTimes(path)
    again.begin_connection()
    assert receive(again, 7, "tele/plug/LWT", b"Online", is_repeated=True) == at
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_flag_alone_proves_nothing(path: Path) -> None:
    times = ReceiveTimes(path)
    at = receive(times, 7, "plug", b"ON")
    times.begin_connection()
    assert receive(times, 7, "plug", b"OFF", is_repeated=True) > at
    assert receive(times, 8, "plug", b"ON", is_repeated=True) > at


def test_a_packet_id_is_repeated_once_in_a_connection(path: Path) -> None:
    times = ReceiveTimes(path)
    at = receive(times, 7, "plug", b"ON")
    times.begin_connection()
    assert receive(times, 7, "plug", b"ON", is_repeated=True) == at
    # The broker had more in flight than there are packet ids.
    assert receive(times, 7, "plug", b"ON", is_repeated=True) > at


def test_an_entry_of_the_round_before_belongs_to_another_message(path: Path) -> None:
    times = ReceiveTimes(path)
    at = receive(times, 7, "plug", b"ON")
    for number in range(40_000):
        receive(times, 8 + number, "plug", b"OFF")
    times.begin_connection()
    assert receive(times, 7, "plug", b"ON", is_repeated=True) > at


def test_after_the_broker_forgot_the_hub_nothing_is_known_of_its_ids(path: Path) -> None:
    times = ReceiveTimes(path)
    at = receive(times, 7, "plug", b"ON")
    times.forget()
    assert receive(times, 7, "plug", b"ON", is_repeated=True) > at


@given(st.lists(st.tuples(st.integers(0, 65_535), st.booleans()), max_size=50))
def test_no_two_messages_have_one_time(tmp_path_factory: pytest.TempPathFactory, sent: list[tuple[int, bool]]) -> None:
    times = ReceiveTimes(tmp_path_factory.mktemp("times") / "receive-times")
    found = [receive(times, packet_id, "a", b"", is_repeated=repeated) for packet_id, repeated in sent]
    assert found == sorted(set(found))
    times.close()
