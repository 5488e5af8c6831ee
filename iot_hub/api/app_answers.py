"""What each app takes for "delivered". Whatever else it got, it would send again for ever, or throw data away.

A payload that can't be stored lies in the quarantine, safe as any other: the app is told that it was
delivered. To refuse it would stop the queue behind it, or have the app delete it (OwnTracks on iOS).
"""

from __future__ import annotations

from iot_hub.api.answers import Answer, Answers, Receipts
from iot_hub.errors import error_body


def always(body: bytes, content_type: bytes = b"application/json; charset=utf-8") -> Answers:
    """Answer 200 and the same body, whatever became of the payload."""
    answer = Answer(200, body, content_type)

    def delivered(_payload: bytes, _receipts: Receipts) -> Answer:
        return answer

    return Answers(receipts=delivered, error=error_body)


OWNTRACKS = always(b"[]")
"""A JSON array, of friends' locations where there are any (owntracks/booklet, docs/tech/http.md)."""
