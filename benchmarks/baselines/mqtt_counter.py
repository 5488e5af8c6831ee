"""The leanest MQTT subscriber that can be written here: the same codec, a count, and an acknowledgement at once."""

from __future__ import annotations

import asyncio
import sys
import time

import mqtt5
import uvloop


class Counter(asyncio.Protocol):
    """Counts messages up to a number."""

    def __init__(self, password: str, most: int) -> None:
        self.password, self.left, self.rest, self.began = password, most, b"", 0.0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connect and subscribe."""
        self.transport = transport
        hello = mqtt5.ConnectPacket("counter", username="hub", password=self.password.encode(), receive_max=1000)
        everything = mqtt5.TopicFilter("bench/#", max_qos=mqtt5.QoS.AT_LEAST_ONCE)
        transport.write(hello.write() + mqtt5.SubscribePacket(1, [everything]).write())

    def data_received(self, data: bytes) -> None:
        """Count and acknowledge."""
        view, start, answers = memoryview(self.rest + data), 0, []
        try:
            while True:
                packet, size = mqtt5.read(view[start:])
                start += size
                if isinstance(packet, mqtt5.PublishPacket):
                    self.began = self.began or time.monotonic()
                    self.left -= 1
                    answers.append(mqtt5.PubAckPacket(packet.packet_id).write())
                elif isinstance(packet, mqtt5.SubAckPacket):
                    print("ready", flush=True)
        except IndexError:
            self.rest = bytes(view[start:])
        self.transport.write(b"".join(answers))
        if self.left <= 0 and not self.done.done():
            self.done.set_result(time.monotonic())


async def main(socket: str, password: str, most: int) -> None:
    """Count, and print the processor time of a message in microseconds."""
    _, counter = await asyncio.get_running_loop().create_unix_connection(lambda: Counter(password, most), socket)
    before = time.process_time()
    await counter.done
    print((time.process_time() - before) / most * 1e6, flush=True)
    await asyncio.sleep(0.1)


uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
