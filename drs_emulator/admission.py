"""Whether DRS takes another job now: conflicts and quotas, checked before anything is changed."""

from __future__ import annotations

from collections.abc import Sequence

from drs_emulator.errors import quota_exceeded, servers_in_a_job
from drs_emulator.records import NOT_REPLICATING, RegionState, SourceServer
from drs_emulator.world import World


def admit_job(
    world: World, state: RegionState, servers: Sequence[SourceServer], *, servers_per_job: int | None = None
) -> None:
    """Raises `ApiError` when a job of these servers may not start.

    The errors are ServiceQuotaExceededException and ConflictException. The caller holds the lock from here until
    the job is recorded: of two calls at once exactly one wins.
    """
    quotas = world.settings.quotas
    most = servers_per_job or quotas.servers_per_job
    if len(servers) > most:
        raise quota_exceeded("L-B827C881", f"A job can have at most {most} source servers.")
    busy = [server.server_id for server in servers if server.locked_by is not None]
    if busy:
        raise servers_in_a_job(busy)
    active = state.active_jobs.values()
    if len(active) >= quotas.jobs_in_progress:
        raise quota_exceeded("L-D88FAC3A", f"There are already {len(active)} jobs in progress.")
    under_way = sum(len(job.participants) for job in active)
    if under_way + len(servers) > quotas.servers_in_jobs:
        raise quota_exceeded(
            "L-05AFA8C6", f"Jobs in progress have {under_way} source servers; {len(servers)} more are too many."
        )


def admit_server(world: World, state: RegionState, *, replicating: bool) -> None:
    """Raises `ApiError` (ServiceQuotaExceededException) when there is no room for another source server."""
    quotas = world.settings.quotas
    if len(state.servers) >= quotas.source_servers:
        raise quota_exceeded("L-E28BE5E0", f"There are already {len(state.servers)} source servers.")
    if replicating:
        admit_replication(world, state)


def admit_replication(world: World, state: RegionState) -> None:
    """Raises `ApiError` (ServiceQuotaExceededException) when no more servers may replicate."""
    replicating = sum(
        1
        for server in state.servers.values()
        if not server.extended and server.replication.state not in NOT_REPLICATING
    )
    if replicating >= world.settings.quotas.replicating_servers:
        raise quota_exceeded("L-C1D14A2B", f"There are already {replicating} replicating source servers.")
