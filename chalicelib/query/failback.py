"""The progress of failbacks."""

from collections import Counter

import msgspec

from ..domain.access.context import CallContext
from ..domain.afterwards.failback import FailbackReport, FailbackServer, Outcome
from ..domain.afterwards.failback_verdicts import judge_start
from ..domain.text import count_of
from ..operations.afterwards import GetFailbackStatus
from ..preflight.failback import look


def get_failback_status(request: GetFailbackStatus, _: CallContext) -> FailbackReport:
    """State, progress, error and remedy of each server, read from DRS now. Raises what ``look`` raises."""
    servers = look(request.execution_id, _servers_of(request))
    shown = []
    for server in servers:
        verdict = judge_start(server)
        remedy = "Start the failback." if verdict is None else verdict.remedy
        error = server.error or (verdict.error if verdict and verdict.outcome is Outcome.FAILED else "")
        shown.append(msgspec.structs.replace(server, error=error, remedy=server.remedy or remedy))
    counts = dict(Counter(server.state.value for server in shown))
    states = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    return FailbackReport(request.execution_id, counts, f"{count_of(len(shown), 'server')}: {states}.", shown)


def _servers_of(request: GetFailbackStatus) -> tuple[FailbackServer, ...]:
    """The servers that the request names one by one."""
    place = {"account_id": request.account_id, "region": request.region}
    return (
        *(FailbackServer(**place, source_server_id=item) for item in _split(request.source_server_ids)),
        *(FailbackServer(**place, recovery_instance_id=item) for item in _split(request.recovery_instance_ids)),
    )


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
