"""Delivers the simulated home's messages to a broker, with retries until it has acknowledged them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from iot_hub.ingest.mqtt.publisher import PUBLISH_ERRORS, Publisher
from iot_hub.operations.demo.delivery import FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS, Receipt
from iot_hub.operations.demo.home.home_device import HomeMessage
from iot_hub.waiting.backoff import Backoff

log = logging.getLogger(__name__)


class HomeDelivery:
    """Publishes with the home's account."""

    def __init__(self, publisher: Publisher) -> None:
        """Publish by a publisher."""
        self._publisher = publisher

    async def deliver(self, messages: Sequence[HomeMessage]) -> Receipt:
        """Publish; try again while the broker is away or does not know the account yet."""
        backoff = Backoff(FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS)
        while True:
            try:
                await self._publisher.publish(messages)
                return Receipt(published=len(messages))
            except PUBLISH_ERRORS as error:
                reason, pause = str(error) or type(error).__name__, backoff.pause()
            log.warning("the home's messages can't be published now (%s); next attempt in %.1f s", reason, pause)
            await asyncio.sleep(pause)

    def close(self) -> None:
        """Close the connection."""
        self._publisher.close()
