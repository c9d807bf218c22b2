"""Concludes how far a failback is from what DRS shows at both ends.

For a server from EC2 the reversed source server decides: its replication and its last launch. DRS never shows
FAILBACK_COMPLETED on such an instance, and a fresh one can show FAILBACK_NOT_READY_FOR_LAUNCH.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ..estate.accounts import Place
from .failback import FIRST_SYNC, Direction, FailbackState, ServerFailback

_AT_REST = frozenset({"NOT_STARTED", "STOPPED", "DISCONNECTED"})
_OF_A_LAUNCH = {
    "PENDING": FailbackState.IN_PROGRESS,
    "IN_PROGRESS": FailbackState.IN_PROGRESS,
    "LAUNCHED": FailbackState.COMPLETED,
    "FAILED": FailbackState.ERROR,
}


class Replicated(msgspec.Struct, frozen=True):
    """A replication: its state, its progress in percent (None where DRS reports no sizes), and its error."""

    state: str
    progress_percent: int | None = None
    error: str = ""


class FailbackInstance(msgspec.Struct, frozen=True, kw_only=True):
    """A recovery instance as DRS shows it. ``job_id`` launched it, ``failback_job_id`` its machine at the origin."""

    instance_id: str
    source_server_id: str
    hostname: str = ""
    instance_state: str = ""
    job_id: str = ""
    from_ec2: bool = False
    failback_state: str = "FAILBACK_NOT_STARTED"
    failback_job_id: str = ""
    failback_began_at: datetime | None = None
    replication: Replicated


class LastLaunch(msgspec.Struct, frozen=True, kw_only=True):
    """The last launch of a source server; every field can be missing in DRS."""

    job_id: str = ""
    status: str = ""
    is_drill: bool = False
    asked_at: datetime | None = None


class FailbackSource(msgspec.Struct, frozen=True, kw_only=True):
    """A source server. ``fed_by`` is the EC2 instance that replicates to it, empty if DRS does not say."""

    source_server_id: str
    origin: Place
    direction: str = "FAILOVER"
    reversed_arn: str = ""
    fed_by: str = ""
    replication: Replicated
    last_launch: LastLaunch = LastLaunch()


def at_recovery_end(server: ServerFailback, instance: FailbackInstance, end: FailbackSource | None) -> ServerFailback:
    """The server with what its recovery instance shows, and with the place to which a reversal takes its data.

    ``end`` is the source server that launched the instance. For a server from EC2 the state is provisional.
    """
    reversed_to = end.reversed_arn.split(":") if end is not None and end.reversed_arn else None
    origin = end.origin if end is not None else Place("", "")
    if reversed_to is not None:
        origin = Place(reversed_to[4], reversed_to[3])
    is_home = end is not None and end.direction == Direction.FAILBACK
    return msgspec.structs.replace(
        server,
        source_server_id=instance.source_server_id,
        recovery_instance_id=instance.instance_id,
        hostname=server.hostname or instance.hostname,
        state=_state(instance),
        from_ec2=instance.from_ec2,
        direction=Direction.FAILOVER if is_home else Direction.FAILBACK,
        began_at=_began_at(instance, end),
        instance_state=instance.instance_state,
        replication_state=instance.replication.state,
        progress_percent=instance.replication.progress_percent,
        origin_account_id=origin.account_id if instance.from_ec2 else "",
        origin_region=origin.region if instance.from_ec2 else "",
        reversed_server_id=reversed_to[5].removeprefix("source-server/") if reversed_to is not None else "",
        job_id=instance.failback_job_id,
        error=instance.replication.error,
    )


def replicates(server: ServerFailback) -> bool:
    """Whether the instance itself says that it replicates, or does not say."""
    return server.replication_state not in _AT_REST


def feeds(server: ServerFailback, end: FailbackSource | None) -> bool:
    """Whether the instance is what replicates to ``end``. A link between servers can be one of an earlier failback."""
    return end is not None and end.fed_by in {"", server.recovery_instance_id}


def at_origin(server: ServerFailback, candidates: Sequence[FailbackSource]) -> ServerFailback:
    """The server judged by the reversed source server among ``candidates`` that its instance feeds."""
    reversed_server = next((end for end in candidates if feeds(server, end)), None)
    if reversed_server is None and not replicates(server):
        return server
    if reversed_server is None:
        error = (
            f"The instance replicates, but there is no source server in {server.origin} that gets its data. "
            "Look at the instance in the DRS console."
        )
        return msgspec.structs.replace(server, state=FailbackState.LAUNCH_STATE_NOT_AVAILABLE, error=error)
    state, launch = _judged(server, reversed_server), _launch_of_this_failback(server, reversed_server)
    if state is FailbackState.NOT_STARTED:
        return msgspec.structs.replace(server, state=state)
    return msgspec.structs.replace(
        server,
        state=state,
        reversed_server_id=reversed_server.source_server_id,
        replication_state=reversed_server.replication.state,
        progress_percent=reversed_server.replication.progress_percent,
        job_id=launch.job_id if launch is not None else server.job_id,
        error=reversed_server.replication.error if state is not FailbackState.COMPLETED else "",
    )


def _judged(server: ServerFailback, reversed_server: FailbackSource) -> FailbackState:
    """By the launch at the origin; without one by the replication, if the instance says that it replicates."""
    launch = _launch_of_this_failback(server, reversed_server)
    launched = _OF_A_LAUNCH.get(launch.status) if launch is not None else None
    if launched is FailbackState.COMPLETED:
        return launched
    if not replicates(server) or reversed_server.replication.state in _AT_REST:
        return FailbackState.NOT_STARTED
    if launched is not None:
        return launched
    if reversed_server.replication.state == "CONTINUOUS":
        return FailbackState.READY_FOR_LAUNCH
    if reversed_server.replication.state in FIRST_SYNC:
        return FailbackState.IN_PROGRESS
    return FailbackState.ERROR if server.state is FailbackState.ERROR else FailbackState.NOT_READY_FOR_LAUNCH


def _launch_of_this_failback(server: ServerFailback, reversed_server: FailbackSource) -> LastLaunch | None:
    """The last launch at the origin, unless it was a drill or belongs to an earlier failback.

    A server that protects an instance again has a last launch too: the recovery that began it all.
    """
    launch = reversed_server.last_launch
    if server.direction is Direction.FAILOVER or launch.is_drill:
        return None
    is_older = server.began_at is not None and launch.asked_at is not None and launch.asked_at < server.began_at
    return None if is_older else launch


def _began_at(instance: FailbackInstance, end: FailbackSource | None) -> datetime | None:
    """When the replication was reversed or, before that, when the launch of the instance was requested."""
    if instance.failback_began_at is not None:
        return instance.failback_began_at
    if end is None or not instance.job_id or end.last_launch.job_id != instance.job_id:
        return None
    return end.last_launch.asked_at


def _state(instance: FailbackInstance) -> FailbackState:
    """The state that DRS shows, unless an instance from EC2 is at rest: a fresh one can be NOT_READY_FOR_LAUNCH.

    LAUNCH_STATE_NOT_AVAILABLE stands for a state that this version does not know.
    """
    if instance.from_ec2 and instance.replication.state in _AT_REST:
        return FailbackState.NOT_STARTED
    try:
        return FailbackState(instance.failback_state)
    except ValueError:
        return FailbackState.LAUNCH_STATE_NOT_AVAILABLE
