"""Packets: whatever a broker sends, the codec's failures stop nothing and lose nothing."""

from __future__ import annotations

import mqtt5
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_hub.ingest.mqtt.message import Message
from iot_hub.ingest.mqtt.packets import MalformedPacketError, OldProtocolError, read_packets

TOPIC = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0+#"), min_size=1, max_size=40)


def publish(topic: str, payload: bytes, packet_id: int = 0) -> bytes:
    qos = mqtt5.QoS.AT_LEAST_ONCE if packet_id else mqtt5.QoS.AT_MOST_ONCE
    return mqtt5.PublishPacket(topic, payload, qos=qos, packet_id=packet_id or None).write()


@given(st.lists(st.tuples(TOPIC, st.binary(max_size=300), st.integers(0, 65_535)), max_size=8), st.data())
def test_a_stream_cut_anywhere_gives_the_same_packets(sent: list[tuple[str, bytes, int]], data: st.DataObject) -> None:
    stream = b"".join(publish(*each) for each in sent)
    cut = data.draw(st.integers(0, len(stream)))
    first, end = read_packets(stream[:cut])
    second, rest = read_packets(stream[end:])
    found = [(packet.topic, packet.payload, packet.packet_id or 0) for packet in [*first, *second]]  # type: ignore[union-attr]
    assert found == sent
    assert end + rest == len(stream)


@given(st.binary(max_size=200))
def test_any_bytes_are_packets_or_malformed(data: bytes) -> None:
    try:
        packets, end = read_packets(data)
    except MalformedPacketError:
        return
    assert 0 <= end <= len(data)
    assert all(packet is not None for packet in packets)


# The codec leaves behind the error that it panicked over.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_message_that_the_codec_cannot_read_can_still_be_acknowledged() -> None:
    bad = b"\x32\x09\x00\x02\xff\xfe\x00\x07\x00no"
    packets, end = read_packets(publish("a", b"1", 3) + bad + publish("b", b"2", 4))
    assert end > len(bad)
    unreadable = packets[1]
    assert isinstance(unreadable, Message)
    assert (unreadable.packet_id, unreadable.payload, unreadable.is_readable) == (7, bad, False)
    assert len(packets) == 3


@pytest.mark.parametrize("code", range(6))
def test_a_broker_of_the_older_protocol_is_recognised(code: int) -> None:
    with pytest.raises(OldProtocolError):
        read_packets(bytes([0x20, 2, 0, code]))
