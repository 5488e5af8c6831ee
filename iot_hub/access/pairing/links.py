"""Links that configure an app: opened on the phone, or scanned as a QR code. They contain the token."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote, urlencode

import msgspec

from iot_hub.access.pairing.pairing import Pairing


def owntracks(pairing: Pairing) -> str:
    """Return the link that configures OwnTracks on either platform.

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
    """Return the link that configures Overland on iOS (aaronpk/Overland-iOS, README.md)."""
    fields = {"url": pairing.url("/overland"), "token": pairing.token, "device_id": pairing.name}
    return f"overland://setup?{urlencode(fields, quote_via=quote)}"


def traccar(pairing: Pairing) -> str:
    """Return the link that configures Traccar's client (traccar/traccar-client, configuration_service.dart).

    An https link would work in its own scanner only: any other scanner opens it in a browser.
    """
    return f"org.traccar.client://config?{urlencode({'url': pairing.url(f'/osmand/{pairing.token}')}, quote_via=quote)}"
