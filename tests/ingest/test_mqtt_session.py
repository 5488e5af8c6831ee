"""The session: what each kind of broker is said to be, and what the hub asks it for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import mqtt5
import pytest
from pydantic import SecretStr, ValidationError
from waiting import until

from iot_hub.ingest.mqtt.broker import Broker, broker_of
from iot_hub.ingest.mqtt.packets import read_packets
from iot_hub.ingest.mqtt.session import Session, client_id
from iot_hub.ingest.mqtt.status import Status
from iot_hub.settings import Settings


class FakeBroker:
    """A broker that gives one answer to whoever connects, and remembers what it was asked."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.asked: list[mqtt5.Packet] = []
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while data := await reader.read(65_536):
            packets, _ = read_packets(data)
            for packet in packets:
                self.asked.append(packet)  # type: ignore[arg-type]
                if isinstance(packet, mqtt5.ConnectPacket):
                    writer.write(self.answer)
                elif isinstance(packet, mqtt5.SubscribePacket):
                    granted = [mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE] * len(packet.topic_filters)
                    writer.write(mqtt5.SubAckPacket(packet.packet_id, granted).write())
        writer.close()


def run(
    folder: Path, answer: bytes, done: Callable[[Status, FakeBroker], object], filters: tuple[str, ...] = ("#",)
) -> tuple[Status, FakeBroker, list[str]]:
    """Run a session until something is true of it; return also what it called."""

    async def main() -> tuple[Status, FakeBroker, list[str]]:
        fake, status, calls = FakeBroker(answer), Status(), list[str]()
        server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        session = Session(
            Broker("broker.example:1883", "hub", "secret", host="127.0.0.1", port=port), filters, folder,
            lambda messages: asyncio.sleep(0), status,
            connecting=lambda: calls.append("connecting"), forgotten=lambda: calls.append("forgotten"),
            lost=lambda: calls.append("lost"),
        )  # fmt: skip
        running = asyncio.create_task(session.run())
        await until(lambda: done(status, fake), 10)
        session.stop()
        await running
        server.close()
        await server.wait_closed()
        return status, fake, calls

    return asyncio.run(main())


def welcome(*, is_known: bool = False) -> bytes:
    return mqtt5.ConnAckPacket(session_present=is_known).write()


def is_connected(status: Status, _: FakeBroker) -> bool:
    return status.state == "connected"


def test_a_broker_of_mqtt_3_1_1_is_refused_in_one_clear_line(tmp_path: Path) -> None:
    status, _, _ = run(tmp_path, b"\x20\x02\x00\x01", lambda status, _: status.state == "old_protocol")
    assert status.why == "The broker speaks MQTT 3.1.1 only; the hub needs MQTT 5."


def test_a_wrong_password_is_said_without_it(tmp_path: Path) -> None:
    refusal = mqtt5.ConnAckPacket(reason_code=mqtt5.ConnAckReasonCode.BAD_USER_NAME_OR_PASSWORD).write()
    status, _, _ = run(tmp_path, refusal, lambda status, fake: status.state == "refused" and fake.connections > 1)
    assert status.why == "The broker refuses the hub: wrong user or password."


def test_what_is_no_mqtt_is_a_broker_that_is_away(tmp_path: Path) -> None:
    status, _, _ = run(
        tmp_path, b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"x" * 100, lambda status, _: status.state == "away"
    )
    assert status.why == "The broker sent something that is not MQTT 5."


def test_the_session_is_durable_and_asks_for_each_message_once(tmp_path: Path) -> None:
    _, fake, calls = run(tmp_path, welcome(), is_connected)
    hello, subscribe = fake.asked[:2]
    assert isinstance(hello, mqtt5.ConnectPacket)
    assert isinstance(subscribe, mqtt5.SubscribePacket)
    assert (hello.client_id, hello.clean_start, hello.password) == (client_id(tmp_path), False, b"secret")
    assert hello.session_expiry_interval > 86_400
    [topics] = subscribe.topic_filters
    assert (topics.pattern, int(topics.max_qos), topics.retain_as_published) == ("#", 1, False)
    assert calls == ["connecting", "forgotten"]


def test_a_session_that_was_there_and_is_not_is_lost(tmp_path: Path) -> None:
    run(tmp_path, welcome(), is_connected)
    _, _, calls = run(tmp_path, welcome(is_known=True), is_connected)
    assert calls == ["connecting"]
    status, _, calls = run(tmp_path, welcome(), is_connected)
    assert calls == ["connecting", "forgotten", "lost"]
    assert status.session_lost


def test_filters_that_are_no_longer_set_are_ended(tmp_path: Path) -> None:
    run(tmp_path, welcome(), is_connected, ("a/#", "b/#"))
    _, fake, _ = run(tmp_path, welcome(is_known=True), is_connected, ("b/#", "c/#"))
    [ended] = [packet for packet in fake.asked if isinstance(packet, mqtt5.UnsubscribePacket)]
    assert ended.patterns == ["a/#"]


def test_a_url_names_a_broker_and_its_account(tmp_path: Path) -> None:
    def named(url: str) -> Broker:
        return broker_of(Settings(home=tmp_path, mqtt_url=SecretStr(url)))

    found = named("mqtts://anna:p%40ss@broker.example")
    assert (found.host, found.port, found.tls, found.user, found.password) == (
        "broker.example",
        8883,
        True,
        "anna",
        "p@ss",
    )
    assert (found.name, found.is_own) == ("broker.example:8883", False)
    assert named("mqtt://[::1]:1884").name == "[::1]:1884"
    assert broker_of(Settings(home=tmp_path)).is_own


@pytest.mark.parametrize("url", ["broker.example", "http://broker.example", "mqtt://", "mqtt://a:secret@b/topic"])
def test_what_is_no_url_of_a_broker_is_refused_without_its_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(home=tmp_path, mqtt_url=SecretStr(url))
    assert "secret" not in str(refused.value)


def test_filters_that_overlap_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="twice"):
        Settings(home=tmp_path, mqtt_topics="zigbee2mqtt/#, +/bridge")
