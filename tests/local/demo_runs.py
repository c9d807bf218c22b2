"""Short ways to write a run of the demonstration; every value not named is an unremarkable one."""

from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.executions import Execution, ExecutionStatus, Mode, ServerRun, ServerStatus, WaveRun, WaveStatus
from chalicelib.domain.groups import Impact
from chalicelib.domain.plans import OnFailure
from chalicelib.domain.servers import OperatingSystem
from chalicelib.domain.timing import RunTiming, WaveTiming
from chalicelib.domain.views import ExecutionDetail

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def wave(number: int, *needs: int, **fields: Any) -> WaveRun:
    known: dict[str, Any] = {
        "execution_id": "exec-1",
        "wave_number": number,
        "name": f"tier {number}",
        "status": WaveStatus.NOT_STARTED,
        "depends_on": needs,
        "on_failure": OnFailure.STOP,
        "min_success_percent": None,
        "timeout_minutes": 120,
        "delay_seconds": 0,
        "expected_seconds": 30.0,
        "server_count": 1,
    }
    return WaveRun(**known | fields)


def ended(number: int, *needs: int, **fields: Any) -> WaveRun:
    known = {"status": WaveStatus.COMPLETED, "started_at": NOON, "ended_at": after(20), "launched_count": 1}
    return wave(number, *needs, **known | fields)


def server(number: int, wave_number: int, **fields: Any) -> ServerRun:
    known: dict[str, Any] = {
        "execution_id": "exec-1",
        "wave_number": wave_number,
        "source_server_id": f"s-{number:017d}",
        "hostname": f"host-{number}",
        "account_id": "222233334444",
        "region": "us-east-1",
        "group_id": "pg-1",
        "os": OperatingSystem.LINUX,
        "impact": Impact.CRITICAL,
        "status": ServerStatus.LAUNCHED,
    }
    return ServerRun(**known | fields)


def detail(*waves: WaveRun, **fields: Any) -> ExecutionDetail:
    known: dict[str, Any] = {
        "execution_id": "exec-1",
        "plan_id": "plan-1",
        "plan_version": 1,
        "plan_name": "Shop",
        "mode": Mode.DRILL,
        "status": ExecutionStatus.IN_PROGRESS,
        "started_at": NOON,
        "initiated_by": "olivia",
        "server_count": len(waves),
    }
    timings = tuple(
        WaveTiming(item.wave_number, 30.0, 18.0, 20.0 if item.ended_at else None, 2.0 if item.ended_at else None)
        for item in waves
    )
    return ExecutionDetail(Execution(**known | fields), list(waves), RunTiming(41.0, 36.0, (1, 2), timings))
