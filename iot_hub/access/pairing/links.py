"""Links that set an app up: opened on the phone, or scanned as a QR code. The token is in them."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote, urlencode

import msgspec

from iot_hub.access.pairing.pairing import Pairing


def owntracks(pairing: Pairing) -> str:
    """Both apps of OwnTracks take their configuration from a link.

    Facts: owntracks/booklet, docs/features/remoteconfig.md and docs/tech/json.md (mode 3 is HTTP; only the
    app on iOS knows ``usePassword``). iOS decodes standard base64 alone, Android reads "+" as a
    space (LoadViewModel.kt): so it is the standard one, percent-encoded.
    """
    configuration = {
        "_type": "configuration",
        "mode": 3,
        "url": pairing.url("/owntracks"),
        "auth": True,
        "usePassword": True,
        "username": pairing.name,
        "password": pairing.token,
        "deviceId": pairing.name,
    }
    return f"owntracks:///config?inline={quote(b64encode(msgspec.json.encode(configuration)), safe='')}"


def overland(pairing: Pairing) -> str:
    """Overland on iOS takes address, token and device from a link (aaronpk/Overland-iOS, README.md)."""
    fields = {"url": pairing.url("/overland"), "token": pairing.token, "device_id": pairing.name}
    return f"overland://setup?{urlencode(fields, quote_via=quote)}"


def traccar(pairing: Pairing) -> str:
    """Traccar's client takes its server from a link of its scheme (traccar/traccar-client, configuration_service.dart).

    An address by https would do in its own scanner alone: any other opens it in a browser.
    """
    return f"org.traccar.client://config?{urlencode({'url': pairing.url(f'/osmand/{pairing.token}')}, quote_via=quote)}"
