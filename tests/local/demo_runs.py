"""Short ways to write a run of the demonstration; every value that is not given has an unremarkable default."""

from random import Random
from typing import Any

from chalicelib.domain.launches.eta import forecast_run
from chalicelib.domain.runs.records import ServerRun, ServerStatus, WaveRun, WaveStatus
from chalicelib.domain.runs.timing import RunTiming, WaveTiming
from chalicelib.domain.runs.waiting import live_execution, live_wave
from chalicelib.operations.runs import ExecutionDetail
from tests.unit.domain.records import NOON, a_server, a_wave, after, an_execution


def wave(number: int, *needs: int, **fields: Any) -> WaveRun:
    own = {"execution_id": "exec-1", "name": f"tier {number}", "expected_seconds": 30.0, "server_count": 1}
    return a_wave(number, *needs, **own | fields)


def ended(number: int, *needs: int, **fields: Any) -> WaveRun:
    known = {"status": WaveStatus.COMPLETED, "started_at": NOON, "ended_at": after(20), "launched_count": 1}
    return wave(number, *needs, **known | fields)


def server(number: int, wave_number: int, **fields: Any) -> ServerRun:
    own = {"execution_id": "exec-1", "wave_number": wave_number, "status": ServerStatus.LAUNCHED}
    return a_server(number, **own | fields)


def detail(*waves: WaveRun, **fields: Any) -> ExecutionDetail:
    timings = tuple(
        WaveTiming(item.wave_number, 30.0, 18.0, 20.0 if item.ended_at else None, 2.0 if item.ended_at else None)
        for item in waves
    )
    execution = an_execution(**{"execution_id": "exec-1", "server_count": len(waves), **fields})
    by_number = {item.wave_number: item for item in waves}
    shown = [live_wave(item, by_number, execution) for item in waves]
    forecast = forecast_run(execution, waves, [], NOON, Random(1))
    return ExecutionDetail(live_execution(execution, []), shown, RunTiming(41.0, 36.0, (1, 2), timings), forecast)
