"""Publishes the event of each recovery point of each server when it is taken; changes no state of servers.

Points are a function of the clock, so a look once a minute finds them all: one minute is the shortest interval.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from drs_emulator.records import ADVANCING, RegionState, SourceServer
from drs_emulator.recovery_points import TAKEN_AFTER, ebs_snapshot_ids, newest_due, point_id
from drs_emulator.replication import observe_replication
from drs_emulator.world import World

_MINUTE_SECONDS = 60
_LATEST = timedelta(days=1)


def announce_points(world: World) -> None:
    """Starts the looks. Worth their time only in a world whose events are received."""
    with world.lock:
        _PointEvents(world).look(world.clock())


def publish_point(world: World, state: RegionState, server: SourceServer, snapshot_id: str) -> None:
    """The event of one point, with the EBS snapshots of its disks separated by commas, as in AWS's example."""
    disks = [disk.device_name for disk in server.disks]
    detail = {"DrsSnapshotID": snapshot_id, "EbsSnapshotIDs": ",".join(ebs_snapshot_ids(snapshot_id, disks))}
    world.publish(state, "DRS PIT Snapshot Taken", detail, resource=server.arn, server_id=server.server_id)


class _PointEvents:
    """Remembers the newest point of each server, by the server's ARN; points before the first look are old news."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._newest: dict[str, int] = {}

    def look(self, when: datetime) -> None:
        """Announces the points that are new, and looks again when the next minute's have been taken.

        A clock that has been set forward by days is followed at once: an event that is days late is of no use.
        """
        now = self._world.clock()
        when = now if now - when > _LATEST else when
        for state in self._world.regions.values():
            for server in state.servers.values():
                if not server.extended:  # an extended server uses the points of its original
                    self._look_at(state, server, when - TAKEN_AFTER)
        minute = int((when - TAKEN_AFTER).timestamp()) // _MINUTE_SECONDS + 1
        self._world.at(datetime.fromtimestamp(minute * _MINUTE_SECONDS, UTC) + TAKEN_AFTER, self.look)

    def _look_at(self, state: RegionState, server: SourceServer, until: datetime) -> None:
        policy, known = server.replication_configuration["pitPolicy"], self._newest.get(server.arn)
        if newest_due(policy, until) == known:
            return
        seen = observe_replication(self._world, state, server, until)
        if seen.state not in ADVANCING:
            return
        due = newest_due(policy, min(until, seen.consistent_until or until))
        if known is not None and due > known and due >= server.replication.since.timestamp():
            identity = (self._world.settings.seed, state.account, state.region)
            publish_point(self._world, state, server, point_id(identity, server.server_id, due))
        self._newest[server.arn] = max(due, known or 0)
