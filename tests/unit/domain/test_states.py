"""The transitions: nothing leaves a final state, and every state can reach one."""

from collections.abc import Callable
from enum import StrEnum

import pytest

from chalicelib.domain.errors import IllegalTransition
from chalicelib.domain.runs.records import (
    ACTIVE_STATUSES,
    ExecutionStatus,
    JobStatus,
    ServerStatus,
    WaveStatus,
    execution_sources,
    job_run_key,
    require_execution_move,
    wave_key,
    wave_sources,
)
from tests.unit.domain.records import a_job

FINAL_EXECUTION = {"COMPLETED", "PARTIAL", "FAILED", "CANCELLED", "TIMED_OUT"}
FINAL_WAVE = {"COMPLETED", "FAILED", "TIMED_OUT", "SKIPPED", "CANCELLED"}


def _moves(states: type[StrEnum], sources: Callable[..., tuple[StrEnum, ...]]) -> dict[StrEnum, set[StrEnum]]:
    moves: dict[StrEnum, set[StrEnum]] = {state: set() for state in states}
    for wanted in states:
        for source in sources(wanted):
            moves[source].add(wanted)
    return moves


EXECUTION = _moves(ExecutionStatus, execution_sources)
WAVE = _moves(WaveStatus, wave_sources)
EACH_TABLE = pytest.mark.parametrize(
    ("moves", "final"), [(EXECUTION, FINAL_EXECUTION), (WAVE, FINAL_WAVE)], ids=["executions", "waves"]
)


def test_states_know_whether_they_are_final() -> None:
    assert {state for state in ExecutionStatus if state.is_final} == FINAL_EXECUTION
    assert set(ACTIVE_STATUSES) == set(ExecutionStatus) - FINAL_EXECUTION
    assert {state for state in WaveStatus if state.is_final} == FINAL_WAVE
    assert {state for state in ServerStatus if not state.is_final} == {"NOT_STARTED", "LAUNCHING"}
    assert {status for status in JobStatus if a_job(status=status).is_open} == {"CLAIMED", "STARTED"}


@EACH_TABLE
def test_nothing_leaves_a_final_state(moves: dict[StrEnum, set[StrEnum]], final: set[str]) -> None:
    assert not any(moves[state] for state in moves if state in final)
    assert all(state not in targets for state, targets in moves.items()), "no state moves to itself"


@EACH_TABLE
def test_every_state_is_reached_and_reaches_an_end(moves: dict[StrEnum, set[StrEnum]], final: set[str]) -> None:
    first = next(iter(moves))
    assert _reached(first, moves) | {first} == set(moves)
    for state in moves:
        assert state in final or _reached(state, moves) & final


def test_a_cancelled_run_is_never_completed() -> None:
    ends = {ExecutionStatus.CANCELLED, ExecutionStatus.FAILED, ExecutionStatus.TIMED_OUT}
    assert EXECUTION[ExecutionStatus.CANCELLING] == ends


def test_a_wave_that_never_started_cannot_be_completed() -> None:
    assert WaveStatus.COMPLETED not in WAVE[WaveStatus.NOT_STARTED]


@pytest.mark.parametrize("current", ExecutionStatus)
@pytest.mark.parametrize("wanted", ExecutionStatus)
def test_an_illegal_move_names_both_states(current: ExecutionStatus, wanted: ExecutionStatus) -> None:
    if wanted in EXECUTION[current]:
        require_execution_move(current, wanted)
        return
    with pytest.raises(IllegalTransition) as refusal:
        require_execution_move(current, wanted)
    assert refusal.value.details == {"from": current, "to": wanted}


def test_keys_sort_as_numbers_do() -> None:
    assert sorted(map(wave_key, range(200, 0, -1))) == [wave_key(number) for number in range(1, 201)]
    keys = [job_run_key(*parts) for parts in [(2, 0, 1), (10, 0, 1), (10, 9, 1), (10, 10, 1), (10, 0, 2)]]
    assert sorted(keys) == keys


def _reached(state: StrEnum, moves: dict[StrEnum, set[StrEnum]]) -> set[StrEnum]:
    reached: set[StrEnum] = set()
    ahead = set(moves[state])
    while ahead:
        step = ahead.pop()
        reached.add(step)
        ahead |= moves[step] - reached
    return reached
