"""Follows runs to their ends: shows their progress, plays the script, and decides for waves without one."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console

from chalicelib.domain.runs.records import ServerRun, TimelineEvent, WaveStatus
from chalicelib.operations.runs import ExecutionDetail, Intervention
from local.demo.playing import Followed, Player
from local.demo.rest import RestClient
from local.demo.script import Expectation
from local.demo.views import choose_view
from local.demo.watching import Look, list_servers

_LOOK_EVERY_SECONDS = 1.0
# More often, because the state that a step waits for may last only two seconds.
_LOOK_FOR_A_STEP_EVERY_SECONDS = 0.3
_SILENCE_SECONDS = 60.0
_LONGEST_JOB_SECONDS = 3600.0
_COMMENT = "Decided automatically by the demonstration."

# What the demonstration decides for a wave in this state.
_DECISIONS = {WaveStatus.AWAITING_APPROVAL: "approve", WaveStatus.AWAITING_DECISION: "reject"}


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A run that has ended."""

    detail: ExecutionDetail
    servers: Sequence[ServerRun]
    events: Sequence[TimelineEvent]
    expected: Expectation | None


def follow_all(
    console: Console, player: Player, client: RestClient, *, decide_as: Callable[[], RestClient] | None, speed: float
) -> list[Ended]:
    """Follows the player's runs one after the other, including those that its script starts.

    The user of `decide_as` decides for waves that wait for a person. None leaves the decisions to the script; then
    RuntimeError is raised when nothing has happened for longer than any DRS job takes at `speed`.
    """
    silence_seconds = _SILENCE_SECONDS + _LONGEST_JOB_SECONDS / speed if decide_as is None else math.inf
    followed: list[Followed] = []
    while len(followed) < len(player.runs):
        run = list(player.runs.values())[len(followed)]
        if followed:
            console.print(f"Now following {run.name} {run.watch.execution_id} from its start:", highlight=False)
        _follow(console, player, run, decide_as, silence_seconds)
        followed.append(run)
    return [_end_of(run, client) for run in followed]


def _follow(
    console: Console,
    player: Player,
    run: Followed,
    decide_as: Callable[[], RestClient] | None,
    silence_seconds: float,
) -> None:
    moved_at = time.monotonic()
    with choose_view(console) as view:
        while True:
            look = run.watch.look()
            view.show(look)
            acted = player.act(run, look, view)
            if acted or look.news:
                moved_at = time.monotonic()
            if acted:
                continue
            if look.has_ended and not player.waits_on(run):
                return
            if decide_as is not None:
                _decide(look, decide_as)
            if time.monotonic() - moved_at > silence_seconds:
                raise RuntimeError(_silence_message(look, silence_seconds))
            time.sleep(_LOOK_FOR_A_STEP_EVERY_SECONDS if player.left else _LOOK_EVERY_SECONDS)


def _silence_message(look: Look, seconds: float) -> str:
    waves = ", ".join(
        f"wave {wave.wave_number} '{wave.name}' is {wave.status}" for wave in look.waves if not wave.status.is_final
    )
    return (
        f"Nothing has happened for {seconds:.0f} s, longer than any DRS job takes at this speed. "
        f"The execution is {look.execution.status}; {waves or 'no wave is open'}."
    )


def _decide(look: Look, decide_as: Callable[[], RestClient]) -> None:
    """Decides for waves that wait for a person, because they would wait for a day otherwise."""
    for wave in look.waves:
        decision = _DECISIONS.get(wave.status)
        if decision is not None:
            path = f"/executions/{wave.execution_id}/waves/{wave.wave_number}/{decision}"
            decide_as().post(path, {"comment": _COMMENT}, Intervention, idempotency_key="")


def _end_of(run: Followed, client: RestClient) -> Ended:
    """The state of a run now, which includes what was done after its end."""
    detail = run.watch.look().detail
    servers = list_servers(client, run.watch.execution_id)
    return Ended(detail=detail, servers=servers, events=tuple(run.watch.events), expected=run.expected)
