"""What DRS refuses in a replication configuration: a pure function of what is, what is wanted, and the disks.

Sources: user guide, "Point in time (PIT) policy", "Amazon EBS volumes", "AWS DRS disk settings" and "Replication server
configuration"; API reference, ReplicationConfigurationReplicatedDisk; EC2's limits of EBS volume types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from drs_emulator.records import Disk

Problem = tuple[str, str]

_GIB = 1024**3
_FIXED_RULES = {"MINUTE": (10, 60), "HOUR": (1, 24)}  # interval and retention
_MOST_DAYS = 365
_MOST_TAGS = 50
_GRAVITON = re.compile(r"(a1|[a-z]+\d+g[a-z]*)\.")


@dataclass(frozen=True, kw_only=True)
class _VolumeType:
    """The limits of an EBS volume type; None: the setting is not valid for the type."""

    least_gib: int
    most_gib: int
    iops: tuple[int, int] | None = None
    iops_for_each_gib: int = 0
    throughput: tuple[int, int] | None = None


_VOLUME_TYPES: Mapping[str, _VolumeType] = {
    "AUTO": _VolumeType(least_gib=0, most_gib=16_384),
    "GP2": _VolumeType(least_gib=1, most_gib=16_384),
    "GP3": _VolumeType(
        least_gib=1, most_gib=16_384, iops=(3_000, 16_000), iops_for_each_gib=500, throughput=(125, 1_000)
    ),
    "IO1": _VolumeType(least_gib=4, most_gib=16_384, iops=(100, 64_000), iops_for_each_gib=50),
    "SC1": _VolumeType(least_gib=125, most_gib=16_384),
    "ST1": _VolumeType(least_gib=125, most_gib=16_384),
    "STANDARD": _VolumeType(least_gib=1, most_gib=1_024),
}


def find_problems(current: Mapping[str, Any], changes: Mapping[str, Any], disks: Sequence[Disk]) -> list[Problem]:
    """Every field of `changes` that DRS would not take, and why."""
    return [
        *_policy_problems(changes.get("pitPolicy")),
        *_disks_problems(changes.get("replicatedDisks"), disks),
        *_encryption_problems(current, changes),
        *_server_problems(changes),
    ]


def changes_encryption(current: Mapping[str, Any], changes: Mapping[str, Any]) -> bool:
    """Whether the staging disks are encrypted in another way: then DRS replicates from the beginning."""
    return _encryption(current) != _encryption({**current, **changes})


def _encryption(configuration: Mapping[str, Any]) -> tuple[Any, Any]:
    """The kind, and the key where it has a meaning."""
    kind = configuration.get("ebsEncryption")
    return kind, configuration.get("ebsEncryptionKeyArn") if kind == "CUSTOM" else None


def _policy_problems(policy: Sequence[Mapping[str, Any]] | None) -> Iterator[Problem]:
    """Exactly one rule for each unit, of which only the retention in days can be chosen."""
    if policy is None:
        return
    if sorted(rule["units"] for rule in policy) != ["DAY", "HOUR", "MINUTE"]:
        yield "pitPolicy", "There must be exactly one rule for MINUTE, one for HOUR and one for DAY"
        return
    for index, rule in enumerate(policy):
        where, units = f"pitPolicy[{index}]", str(rule["units"])
        interval, retention = _FIXED_RULES.get(units, (1, None))
        if rule["interval"] != interval:
            yield f"{where}.interval", f"The interval of the {units} rule is fixed: {interval}"
        if retention is not None and rule["retentionDuration"] != retention:
            yield f"{where}.retentionDuration", f"The retention of the {units} rule is fixed: {retention}"
        if retention is None and not 1 <= rule["retentionDuration"] <= _MOST_DAYS:
            yield f"{where}.retentionDuration", f"The retention of the DAY rule must be 1 to {_MOST_DAYS}"


def _disks_problems(wanted: Sequence[Mapping[str, Any]] | None, disks: Sequence[Disk]) -> Iterator[Problem]:
    known = {disk.device_name: disk for disk in disks}
    seen: set[str] = set()
    for index, described in enumerate(wanted or ()):
        where, name = f"replicatedDisks[{index}]", str(described.get("deviceName", ""))
        if name not in known:
            yield f"{where}.deviceName", f"The source server has no disk {name!r}"
        elif name in seen:
            yield f"{where}.deviceName", f"Disk {name} is listed twice"
        else:
            seen.add(name)
            yield from _disk_problems(where, described, known[name].size_bytes / _GIB)


def _disk_problems(where: str, described: Mapping[str, Any], size_gib: float) -> Iterator[Problem]:
    name = str(described.get("stagingDiskType", "AUTO"))
    limits = _VOLUME_TYPES[name]
    if not limits.least_gib <= size_gib <= limits.most_gib:
        problem = f"A volume of type {name} has {limits.least_gib} to {limits.most_gib} GiB; the disk has {size_gib:g}"
        yield f"{where}.stagingDiskType", problem
    iops = described.get("iops", 0)
    yield from _range_problems(f"{where}.iops", iops, limits.iops, name)
    if limits.iops is not None and iops > limits.iops_for_each_gib * max(1.0, size_gib):
        yield f"{where}.iops", f"{name} takes at most {limits.iops_for_each_gib} IOPS for each GiB"
    yield from _range_problems(f"{where}.throughput", described.get("throughput", 0), limits.throughput, name)


def _range_problems(where: str, value: int, limits: tuple[int, int] | None, type_name: str) -> Iterator[Problem]:
    """Zero is what DRS itself shows where nothing is set."""
    if value == 0:
        return
    if limits is None:
        yield where, f"It is not valid for volumes of type {type_name}"
    elif not limits[0] <= value <= limits[1]:
        yield where, f"It must be {limits[0]} to {limits[1]} for {type_name}"


def _encryption_problems(current: Mapping[str, Any], changes: Mapping[str, Any]) -> Iterator[Problem]:
    wanted = {**current, **changes}
    key = str(wanted.get("ebsEncryptionKeyArn") or "")
    if wanted.get("ebsEncryption") == "CUSTOM" and not key:
        yield "ebsEncryptionKeyArn", "CUSTOM encryption needs the ARN of a KMS key"
    if "ebsEncryptionKeyArn" in changes and key and ":kms:" not in key:
        yield "ebsEncryptionKeyArn", f"{key} is not the ARN of a KMS key"


def _server_problems(changes: Mapping[str, Any]) -> Iterator[Problem]:
    instance_type = str(changes.get("replicationServerInstanceType", ""))
    if _GRAVITON.match(instance_type):
        problem = f"Replication servers run on x86_64 instance types only; {instance_type} is not one"
        yield "replicationServerInstanceType", problem
    tags = changes.get("stagingAreaTags") or {}
    reserved = sorted(key for key in tags if key.lower().startswith("aws:"))
    if reserved:
        yield "stagingAreaTags", f"Tag key {reserved[0]} begins with the reserved prefix aws:"
    if len(tags) > _MOST_TAGS:
        yield "stagingAreaTags", f"A resource can have at most {_MOST_TAGS} tags"
