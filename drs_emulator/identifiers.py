"""Makes DRS identifiers, ARNs and timestamps; an identifier depends only on the seed and its name."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

_LENGTH = 17


def make_id(prefix: str, *parts: object) -> str:
    """`prefix` + 17 hexadecimal characters that depend only on `parts`."""
    digest = hashlib.sha256("|".join(str(part) for part in parts).encode()).hexdigest()
    return prefix + digest[:_LENGTH]


def make_arn(account: str, region: str, resource: str) -> str:
    """The ARN of a DRS resource in the partition of its Region."""
    partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    return f"arn:{partition}:drs:{region}:{account}:{resource}"


def format_time(instant: datetime) -> str:
    """ISO-8601 with six fractional digits and the zone, as DRS writes it."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_time(text: str) -> datetime:
    """The instant of a timestamp that the service model's pattern has accepted."""
    return datetime.fromisoformat(text)


def format_duration(seconds: float) -> str:
    """An ISO-8601 duration such as PT0S, PT5M10S or P1DT2H."""
    left = max(0, round(seconds))
    days, left = divmod(left, 86400)
    hours, left = divmod(left, 3600)
    minutes, left = divmod(left, 60)
    clock = "".join(f"{value}{unit}" for value, unit in ((hours, "H"), (minutes, "M"), (left, "S")) if value)
    if not days and not clock:
        return "PT0S"
    return "P" + (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
