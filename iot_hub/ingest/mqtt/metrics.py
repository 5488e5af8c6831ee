"""What the MQTT receiver counts. Nothing can scrape it, so it writes its metrics to a file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge

from iot_hub.ingest.mqtt.message import Message
from iot_hub.metrics.role_files import write_role

WRITE_SECONDS = 10
ROLE = "mqtt"


class ReceiverMetrics:
    """The receiver's metrics."""

    def __init__(self, home: Path) -> None:
        """Count from zero; the file is in the hub's home."""
        self._home = home
        self._registry = CollectorRegistry()
        self._write_at = 0.0
        self._acknowledged_so_far = 0
        self._messages = Counter(
            "iot_hub_mqtt_messages_total",
            "Messages that the broker delivered, by QoS: at 0 nothing is acknowledged, and a broken connection loses"
            " what was on it.",
            ["qos"],
            registry=self._registry,
        )
        self._events = Counter(
            "iot_hub_mqtt_events_total",
            "Events of messages, by what became of them; rejected counts messages in quarantine.",
            ["receipt"],
            registry=self._registry,
        )
        self._refused = Counter(
            "iot_hub_mqtt_refused_total", "Times that messages had to wait, by reason.", ["reason"],
            registry=self._registry,
        )  # fmt: skip
        self._acknowledged = Counter(
            "iot_hub_mqtt_acknowledged_total", "Messages acknowledged to the broker.", registry=self._registry
        )
        self._sessions_lost = Counter(
            "iot_hub_mqtt_sessions_lost_total", "Times that the broker had forgotten the hub.", registry=self._registry
        )
        self._connected = Gauge(
            "iot_hub_mqtt_connected", "Whether the hub is connected to its broker.", registry=self._registry
        )
        self._waiting = Gauge(
            "iot_hub_mqtt_waiting_messages", "Messages received and not acknowledged yet.", registry=self._registry
        )
        self._behind = Gauge(
            "iot_hub_mqtt_behind_seconds", "How long the oldest of those has waited.", registry=self._registry
        )
        self._at_once = self._messages.labels("0")
        self._at_least_once = self._messages.labels("1")
        self.messages = 0
        self.unacknowledgeable = 0
        """Messages at QoS 0."""
        self.last_message = 0.0

    def received(self, messages: Sequence[Message]) -> None:
        """Count messages as they came."""
        with_id = sum([message.packet_id > 0 for message in messages])
        self._at_least_once.inc(with_id)
        if with_id < len(messages):
            self._at_once.inc(len(messages) - with_id)
            self.unacknowledgeable += len(messages) - with_id
        self.messages += len(messages)
        self.last_message = time.time()

    def stored(self, *, stored: int = 0, duplicates: int = 0, spooled: int = 0) -> None:
        """Count events that are safe."""
        for receipt, count in (("stored", stored), ("duplicate", duplicates), ("spooled", spooled)):
            if count:
                self._events.labels(receipt).inc(count)

    def rejected(self, count: int) -> None:
        """Count messages that went into quarantine."""
        self._events.labels("rejected").inc(count)

    def refused(self, reason: str) -> None:
        """Count that messages have to wait."""
        self._refused.labels(reason).inc()

    def session_lost(self) -> None:
        """Count that the broker had forgotten the hub."""
        self._sessions_lost.inc()

    def show(self, *, connected: bool, acknowledged: int, waiting: int, behind: float) -> None:
        """Set what is known now, and write all where that is due."""
        self._acknowledged.inc(acknowledged - self._acknowledged_so_far)
        self._acknowledged_so_far = acknowledged
        self._connected.set(connected)
        self._waiting.set(waiting)
        self._behind.set(behind)
        if time.monotonic() >= self._write_at:
            self._write_at = time.monotonic() + WRITE_SECONDS
            write_role(self._home, ROLE, self._registry)
