"""The recovery points of a server at a moment: a pure function of policy and replication history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from drs_emulator.identifiers import format_time, make_id

_UNIT_SECONDS = {"MINUTE": 60, "HOUR": 3600, "DAY": 86400}
TAKEN_AFTER = timedelta(seconds=3)

DEFAULT_POLICY: tuple[dict[str, Any], ...] = (
    {"ruleID": 1, "units": "MINUTE", "interval": 10, "retentionDuration": 60, "enabled": True},
    {"ruleID": 2, "units": "HOUR", "interval": 1, "retentionDuration": 24, "enabled": True},
    {"ruleID": 3, "units": "DAY", "interval": 1, "retentionDuration": 7, "enabled": True},
)


@dataclass(frozen=True, kw_only=True)
class RecoveryPoint:
    """A consistent moment of a server's disks."""

    snapshot_id: str
    server_id: str
    expected_at: datetime

    @property
    def taken_at(self) -> datetime:
        """When the snapshot was really taken, some seconds after it was due."""
        return self.expected_at + TAKEN_AFTER

    def to_wire(self, disk_names: Sequence[str]) -> dict[str, Any]:
        """The RecoverySnapshot structure, one EBS snapshot for each disk."""
        return {
            "snapshotID": self.snapshot_id,
            "sourceServerID": self.server_id,
            "expectedTimestamp": format_time(self.expected_at),
            "timestamp": format_time(self.taken_at),
            "ebsSnapshots": ebs_snapshot_ids(self.snapshot_id, disk_names),
        }


def ebs_snapshot_ids(snapshot_id: str, disk_names: Sequence[str]) -> list[str]:
    """The EBS snapshots of a recovery point, one for each disk."""
    return [make_id("snap-", snapshot_id, disk) for disk in disk_names]


def point_id(identity: tuple[object, ...], server_id: str, instant: int) -> str:
    """The id of the point that a server takes at an instant (seconds since 1970)."""
    return make_id("pit-", *identity, server_id, instant)


def newest_due(policy: Sequence[Mapping[str, Any]], until: datetime) -> int:
    """The newest instant, not after `until`, at which the policy takes a point; 0 when it takes none."""
    steps = [_step_seconds(rule) for rule in policy if rule.get("enabled", True)]
    return max((int(until.timestamp()) // step * step for step in steps), default=0)


def list_points(
    *,
    identity: tuple[object, ...],
    server_id: str,
    policy: Sequence[Mapping[str, Any]],
    replicating_since: datetime,
    consistent_until: datetime,
    now: datetime,
) -> list[RecoveryPoint]:
    """The points kept at `now`, oldest first.

    None is older than `replicating_since` or newer than `consistent_until` (where replication stalled); points age
    out by the policy's retention even while nothing new is taken, as they do in AWS.
    """
    instants: set[int] = set()
    newest = min(now - TAKEN_AFTER, consistent_until).timestamp()
    for rule in policy:
        if rule.get("enabled", True):
            step = _step_seconds(rule)
            kept = _UNIT_SECONDS[rule["units"]] * int(rule["retentionDuration"])
            oldest = max(now.timestamp() - kept, replicating_since.timestamp())
            first = int(-(-oldest // step)) * step
            instants.update(range(first, int(newest) + 1, step))
    return [
        RecoveryPoint(
            snapshot_id=point_id(identity, server_id, instant),
            server_id=server_id,
            expected_at=datetime.fromtimestamp(instant, UTC),
        )
        for instant in sorted(instants)
    ]


def _step_seconds(rule: Mapping[str, Any]) -> int:
    return _UNIT_SECONDS[rule["units"]] * int(rule["interval"])
