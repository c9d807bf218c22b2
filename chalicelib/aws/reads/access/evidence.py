"""Reads the links of chains from the bucket that keeps the evidence."""

from typing import Any

from ....domain.access.context import Hub
from ....domain.access.evidence import number_of, object_key
from ....settings import settings
from ...asking import translated
from ...sessions import hub_client

_PAGE = 1_000


def evidence_of(hub: Hub) -> dict[str, str]:
    """The bucket, as arguments of S3's operations. A bucket of this name in another account is refused."""
    return {"Bucket": settings().evidence_bucket(hub.account_id), "ExpectedBucketOwner": hub.account_id}


def list_links(chain: str, hub: Hub, *, after: int = 0, most: int = _PAGE) -> list[int]:
    """The numbers of the links after ``after``, in order, at most ``most`` and at most 1,000."""
    with translated():
        listed: dict[str, Any] = hub_client("s3", hub.region).list_objects_v2(
            **evidence_of(hub), Prefix=f"{chain}/", StartAfter=object_key(chain, after), MaxKeys=min(most, _PAGE)
        )
    return [number for entry in listed.get("Contents", []) if (number := number_of(entry["Key"]))]


def find_head(chain: str, hub: Hub) -> int:
    """The number of a chain's last link; 0 for a chain that has not begun."""
    head, page = 0, _PAGE
    while page == _PAGE:
        numbers = list_links(chain, hub, after=head)
        head, page = (numbers[-1] if numbers else head), len(numbers)
    return head


def read_object(chain: str, number: int, hub: Hub) -> bytes:
    """The bytes of a link's object, as they were first written."""
    with translated():
        client: Any = hub_client("s3", hub.region)
        stored: bytes = client.get_object(**evidence_of(hub), Key=object_key(chain, number))["Body"].read()
    return stored
