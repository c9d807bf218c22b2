"""The first synchronisation of a source server: of one that starts to replicate, or is encrypted in another way."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from drs_emulator.initial_sync import InitialSync
from drs_emulator.records import RegionState, SourceServer
from drs_emulator.replication import server_occasion
from drs_emulator.source_servers import replace_replication
from drs_emulator.world import World


def begin_first_sync(world: World, state: RegionState, server: SourceServer, now: datetime) -> None:
    """Starts it. It ends early when another one begins, or when the server's replication is set to something else."""
    server.synchronisations += 1
    number = server.synchronisations

    def is_valid() -> bool:
        return server.synchronisations == number and server.replication.synced_share is not None

    sync = InitialSync(
        world=world,
        holder=server,
        show=partial(replace_replication, world, state, server),
        size_bytes=sum(disk.size_bytes for disk in server.disks),
        occasion=lambda: server_occasion(state, server),
        is_valid=is_valid,
        done=_nothing_follows,
        failed=_nothing_follows,
    )
    sync.begin(now)


def _nothing_follows(_when: datetime) -> None:
    """A source server shows its replication by itself; no instance follows from it."""
