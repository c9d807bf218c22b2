"""Writes the links of chains into the bucket that keeps the evidence. Nothing is ever overwritten or deleted."""

import base64
import hashlib
from contextlib import suppress

from ....domain.access.context import Hub
from ....domain.access.evidence import object_key
from ...asking import Expected, translated
from ...reads.access.evidence import evidence_of
from ...sessions import hub_client

_TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


def put_link(chain: str, number: int, content: bytes, hub: Hub) -> bool:
    """Writes the object of a link. False when the chain has, or is just given, a link with this number.

    S3 compares the content with its SHA-256, keeps that, and lets only one of several writers succeed.
    """
    with suppress(Expected), translated(expected=_TAKEN):
        hub_client("s3", hub.region).put_object(
            **evidence_of(hub),
            Key=object_key(chain, number),
            Body=content,
            ContentType="application/json",
            ChecksumAlgorithm="SHA256",
            ChecksumSHA256=base64.b64encode(hashlib.sha256(content).digest()).decode(),
            IfNoneMatch="*",
        )
        return True
    return False
