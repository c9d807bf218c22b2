"""The servers of a plan as a start would launch them."""

from collections.abc import Iterable

import msgspec

from ..estate.accounts import Place
from ..estate.groups import Impact
from ..estate.recovery_points import RecoveryPoint
from ..estate.servers import Finding, OperatingSystem, Readiness, overall
from ..launches.expected_times import ServerSize
from .existing_instances import ExistingInstance


class PlannedServer(msgspec.Struct, frozen=True):
    """A server of a plan as it would be launched now; without a ``recovery_point``, its latest data.

    ``existing`` are the instances that it has, ``replaces`` the ids of those that the start agrees to end.
    ``expected_seconds`` is how long its launch is expected to take, and ``expected_p90_seconds`` what 9 of 10 such
    launches take at most; None where that was not looked up.
    """

    wave_number: int
    source_server_id: str
    hostname: str
    account_id: str
    region: str
    group_id: str
    os: OperatingSystem
    impact: Impact
    findings: tuple[Finding, ...] = ()
    recovery_point: RecoveryPoint | None = None
    existing: tuple[ExistingInstance, ...] = ()
    replaces: tuple[str, ...] = ()
    size: ServerSize = ServerSize.UNKNOWN
    expected_seconds: float | None = None
    expected_p90_seconds: float | None = None

    @property
    def place(self) -> Place:
        return Place(self.account_id, self.region)

    @property
    def readiness(self) -> Readiness:
        return overall(self.findings)

    @property
    def is_blocked(self) -> bool:
        return self.readiness is Readiness.BLOCKED

    def with_findings(self, findings: Iterable[Finding]) -> "PlannedServer":
        return msgspec.structs.replace(self, findings=(*self.findings, *findings))
