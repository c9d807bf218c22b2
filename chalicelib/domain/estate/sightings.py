"""What DRS shows of jobs and recovery instances."""

from datetime import datetime

import msgspec


class ServerSighting(msgspec.Struct, frozen=True):
    """One participating server of a DRS job; ``launch_status`` is spelled as in DRS."""

    source_server_id: str
    launch_status: str
    recovery_instance_id: str = ""
    error: str = ""


class JobSighting(msgspec.Struct, frozen=True):
    """One DRS job as DescribeJobs shows it. A job always ends COMPLETED; success is per server.

    ``initiated_by`` is spelled as in DRS: START_DRILL, START_RECOVERY and others.
    """

    job_id: str
    status: str
    started_at: datetime | None
    ended_at: datetime | None
    servers: tuple[ServerSighting, ...]
    tags: dict[str, str] = {}
    initiated_by: str = ""

    @property
    def has_ended(self) -> bool:
        return self.status == "COMPLETED"

    def server(self, source_server_id: str) -> ServerSighting | None:
        return next((seen for seen in self.servers if seen.source_server_id == source_server_id), None)


NOT_FOUND = "NOT_FOUND"
_GONE = {"TERMINATED", NOT_FOUND}


class InstanceSighting(msgspec.Struct, frozen=True):
    """A recovery instance; ``state`` is that in EC2, in capitals, or NOT_FOUND.

    Only EC2 knows whether it exists. An instance that has left DRS (``in_drs`` False) has no ``job_id``.
    ``private_address``, ``instance_type`` and ``started_at``, its latest start, are known where EC2 was asked.
    """

    instance_id: str
    source_server_id: str
    job_id: str
    state: str
    in_drs: bool = True
    is_drill: bool = False
    private_address: str = ""
    instance_type: str = ""
    started_at: datetime | None = None

    @property
    def exists(self) -> bool:
        return self.state not in _GONE

    @property
    def is_going(self) -> bool:
        return self.state == "SHUTTING-DOWN"


class SourceInstance(msgspec.Struct, frozen=True):
    """The instance that a source server runs on, as EC2 shows it. Its primary private address comes first."""

    instance_type: str
    private_addresses: tuple[str, ...]


class Ec2Sighting(msgspec.Struct, frozen=True):
    """An instance that EC2 shows with DRS's tag of a source server.

    ``launched_at`` is when it was first started, as far as EC2 shows it.
    """

    instance_id: str
    source_server_id: str
    state: str
    launched_at: datetime | None
