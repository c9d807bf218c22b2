"""Reading the runs of steps, as domain values."""

from ...domain.executions import wave_key
from ...domain.step_runs import StepRun, StepStatus
from ...domain.steps import Phase
from ..tables.steps import StepRunItem


def get_wave_steps(execution_id: str, wave_number: int) -> list[StepRun]:
    """All step runs of a wave, of all attempts, read consistently."""
    wanted = StepRunItem.step_run.startswith(f"{wave_key(wave_number)}#")
    return [_value(item) for item in StepRunItem.query(execution_id, wanted, consistent_read=True)]


def _value(item: StepRunItem) -> StepRun:
    return StepRun(
        execution_id=item.execution_id,
        wave_number=int(item.wave_number),
        attempt=int(item.attempt),
        phase=Phase(item.phase),
        order=int(item.position),
        name=item.step_name,
        status=StepStatus(item.status),
        started_at=item.started_at,
        claim_expires_at=item.claim_expires_at,
        target=item.target,
        external_id=item.external_id,
        output=item.output,
        ended_at=item.ended_at,
    )
