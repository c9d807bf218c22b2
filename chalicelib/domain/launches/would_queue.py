"""Which waves of a start would wait for DRS quotas now, behind what and for about how long."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ..estate.accounts import Place
from ..estate.quotas import SERVERS_PER_JOB, Load
from ..estate.servers import Finding, Readiness
from ..plans.plans import RecoveryPlan
from ..runs.pace import expected_seconds
from ..runs.planned_servers import PlannedServer
from ..runs.records import Mode
from ..text import count_of
from .place_lines import PlaceLine, about_text, behind_text, lines_that_count
from .place_order import NOT_STARTED, Line, WaitingServer, decide_order

_REMEDY = "Nothing is needed. To avoid the queue, start after other jobs have ended, or use more accounts."


def queue_findings(
    start: tuple[RecoveryPlan, Mode],
    servers: Sequence[PlannedServer],
    loads: Mapping[Place, Load],
    lines: Mapping[Place, Sequence[PlaceLine]],
    *,
    now: datetime,
    pace: float,
) -> list[Finding]:
    """Findings for waves that would wait for quotas if they launched now; no server is DEGRADED, as queued ones launch.

    It is decided as launches are, with what waits at each place (``lines``). Each wave is judged alone.
    """
    plan, mode = start
    waves: dict[tuple[int, Place], list[PlannedServer]] = {}
    for server in servers:
        if not server.is_blocked:
            waves.setdefault((server.wave_number, server.place), []).append(server)
    findings = []
    for (wave_number, place), members in sorted(waves.items()):
        load = loads.get(place)
        if load is None:
            continue
        mine = Line(
            execution_id="",
            wave_number=wave_number,
            mode=mode,
            since=NOT_STARTED,
            servers=tuple(_waiting(server, pace) for server in members),
            priority=plan.priority,
        )
        others = {line.key: line for line in lines_that_count(lines.get(place, ()), mine.key, now)}
        order = decide_order([mine, *(line.line for line in others.values())], load)
        if waits := order.queued.get(mine.key):
            room = min(load.free_servers, load.free_jobs * SERVERS_PER_JOB)
            behind = behind_text(waits, others, mine.key)
            reason = (
                f"Wave {wave_number} launches {count_of(len(members), 'server')} in {place}, where the DRS quotas "
                f"allow only {room} more now; {len(waits.server_ids)} would wait in the queue"
                f"{', ' + behind if behind else '.'}{about_text(waits.seconds)}"
            )
            findings.append(Finding(Readiness.DEGRADED, "WOULD_QUEUE", reason, _REMEDY))
    return findings


def _waiting(server: PlannedServer, pace: float) -> WaitingServer:
    expected = server.expected_seconds
    seconds = expected_seconds([server.os], pace) if expected is None else expected
    return WaitingServer(server.source_server_id, server.os, seconds)
