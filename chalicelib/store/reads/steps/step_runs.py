"""Reads the runs of steps."""

from ....domain.runs.records import wave_key
from ....domain.steps.step_runs import StepRun
from ...tables.steps import STEP_RUNS, StepRunItem


def get_wave_steps(execution_id: str, wave_number: int) -> list[StepRun]:
    """All step runs of a wave, of all attempts, read consistently."""
    wanted = StepRunItem.step_run.startswith(f"{wave_key(wave_number)}#")
    return [STEP_RUNS.to_record(item) for item in StepRunItem.query(execution_id, wanted, consistent_read=True)]
