"""One call of an operation as its handler sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from drs_emulator.errors import not_found
from drs_emulator.records import Job, RecoveryInstance, RegionState, SourceServer
from drs_emulator.world import World


@dataclass(frozen=True, kw_only=True)
class Call:
    """Who calls, where, with which checked arguments, and when."""

    world: World
    state: RegionState
    operation: str
    arguments: dict[str, Any]
    now: datetime
    caller: str | None = None

    def server(self) -> SourceServer:
        """The server named by `sourceServerID`; raises ResourceNotFoundException."""
        server_id = str(self.arguments["sourceServerID"])
        if server_id not in self.state.servers:
            raise not_found("SourceServer", server_id)
        return self.state.servers[server_id]

    def job(self) -> Job:
        """The job named by `jobID`; raises ResourceNotFoundException."""
        job_id = str(self.arguments["jobID"])
        if job_id not in self.state.jobs:
            raise not_found("Job", job_id)
        return self.state.jobs[job_id]

    def recovery_instance(self) -> RecoveryInstance:
        """The instance named by `recoveryInstanceID`; raises ResourceNotFoundException."""
        instance_id = str(self.arguments["recoveryInstanceID"])
        if instance_id not in self.state.recovery_instances:
            raise not_found("RecoveryInstance", instance_id)
        return self.state.recovery_instances[instance_id]

    @property
    def filters(self) -> dict[str, Any]:
        """The `filters` structure, empty when there is none."""
        return dict(self.arguments.get("filters") or {})


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A handler, run under the lock, and what must be asked of EC2 before, without the lock."""

    handler: Callable[[Call], dict[str, Any]]
    prepare: Callable[[Call], None] | None = None
