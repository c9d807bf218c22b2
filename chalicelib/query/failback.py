"""How servers stand on their way home."""

from collections import Counter

import msgspec

from ..domain.context import CallContext
from ..domain.failback import (
    FailbackReport,
    GetFailbackStatus,
    Outcome,
    judge_start,
    servers_of_status,
)
from ..preflight.failback import look


def get_failback_status(request: GetFailbackStatus, _: CallContext) -> FailbackReport:
    """Each server with state, progress, error and remedy, read from DRS now. Raises as ``look`` does."""
    servers = look(request.execution_id, servers_of_status(request))
    shown = []
    for server in servers:
        verdict = judge_start(server)
        remedy = "Start the failback." if verdict is None else verdict.remedy
        error = server.error or (verdict.error if verdict and verdict.outcome is Outcome.FAILED else "")
        shown.append(msgspec.structs.replace(server, error=error, remedy=server.remedy or remedy))
    counts = dict(Counter(server.state.value for server in shown))
    told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    return FailbackReport(request.execution_id, counts, f"{len(shown)} server(s): {told}.", shown)
