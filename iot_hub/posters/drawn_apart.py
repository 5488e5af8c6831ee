"""Draws a poster in a process of its own, which takes its memory with it, and may take no more than its share."""

from __future__ import annotations

import asyncio
import os
import resource
import sys

import msgspec

from iot_hub.errors import HubError
from iot_hub.posters.poster import Format, Poster

LONGEST_S = 25
"""Of processor time. A drawing of ten years takes half."""
LONGEST_BY_THE_CLOCK_S = 90
"""With what may wait in the queue of heavy requests, less than nginx waits."""
MOST_MEMORY = 700 * 1024 * 1024
"""Bytes of address space."""


class Order(msgspec.Struct, frozen=True):
    """What is drawn, and how it is written."""

    poster: Poster
    format: Format


class NotDrawnError(HubError):
    """The poster could not be drawn within its share of time and memory."""

    code = "poster_not_drawn"
    status = 503


async def drawn(poster: Poster, format: Format) -> bytes:
    """Return the file. Raises NotDrawnError."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(LONGEST_BY_THE_CLOCK_S):
            file, _ = await process.communicate(msgspec.msgpack.encode(Order(poster, format)))
    except TimeoutError as error:
        raise NotDrawnError("The poster took too long to draw.") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode or not file:
        raise NotDrawnError("The poster could not be drawn: too little memory or time.")
    return file


def _draw() -> None:
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_S, LONGEST_S))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    order = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Order)
    from iot_hub.posters.drawing import pdf_of

    file = pdf_of(order.poster)
    if order.format == "png":
        from iot_hub.posters.raster import png_of

        file = png_of(file)
    sys.stdout.buffer.write(file)


if __name__ == "__main__":
    _draw()
