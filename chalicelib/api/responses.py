"""Makes HTTP responses of answers: their headers, ETags, and the 304 of a client that has the answer already."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from chalice import Response
from chalice.app import Request as HttpRequest

from ..calls.answers import Answer
from ..domain.access.idempotency import REPLAYED_HEADER

JSON = "application/json"
RETRY_AFTER_SECONDS = 2
"""Where nobody knows how long AWS will be busy."""

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}
"""In every answer. Clients keep what they need for If-None-Match in memory, and nothing stays on a disk."""

_TAG = re.compile(r'\s*(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)')
_ENCODINGS = ("-gzip", "-br", "-df")
"""What proxies that compress an answer add to its ETag."""


def respond(answer: Answer, request: HttpRequest, headers: Mapping[str, str] | None = None) -> Response:
    """The HTTP response. A successful GET has an ETag, and is a 304 when the client has this answer."""
    sent: dict[str, str | list[str]] = {"Content-Type": JSON, **SECURITY_HEADERS, **(headers or {})}
    text = json.dumps(answer.body, separators=(",", ":"), ensure_ascii=False)
    if answer.replayed:
        sent[REPLAYED_HEADER] = "true"
    if answer.status in {429, 503}:
        sent["Retry-After"] = str(_wait_of(answer.body))
    if request.method == "GET" and answer.status in {200, 304}:
        tag = answer.tag or hashlib.sha256(text.encode()).hexdigest()[:32]
        sent["ETag"] = f'W/"{tag}"'
        if answer.status == 304 or names_tag(request.headers.get("if-none-match", ""), tag):
            return Response(body="", status_code=304, headers=sent)
    return Response(body=text, status_code=answer.status, headers=sent)


def _wait_of(body: Any) -> int:
    """The seconds after which the request can succeed, as its error names them."""
    known: int | None = body["error"]["details"].get("retryAfterSeconds")
    return known or RETRY_AFTER_SECONDS


def names_tag(header: str, tag: str) -> bool:
    """Whether an If-None-Match header has this tag, or ``*`` (RFC 9110, 13.1.2).

    Tags are compared whole and weakly. A header that is not a list of tags names none.
    """
    if header.strip() == "*":
        return True
    named, end = [], 0
    while end < len(header):
        found = _TAG.match(header, end)
        if found is None:
            return False
        named.append(found[1])
        end = found.end()
    return any(tag == each or tag in {each.removesuffix(suffix) for suffix in _ENCODINGS} for each in named)
