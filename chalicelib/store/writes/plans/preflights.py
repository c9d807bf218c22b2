"""Writes how checks of plans stand and what they have found.

What a check has found is written under its own id and becomes visible when the check ends, in one conditional write. So
a check that has died, or that another one has replaced, changes nothing that people see.
"""

from collections.abc import Sequence
from datetime import datetime

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.runs.preflight_checks import CheckState, PlaceProgress, PreflightCheck
from ....domain.runs.preflight_results import PreflightPart
from ...failures import condition_failed
from ...tables.preflights import PREFLIGHT_CHECKS, PREFLIGHT_PARTS, PreflightCheckItem, PreflightPartItem


def begin_check(check: PreflightCheck, now: datetime) -> bool:
    """Records that a check was asked for; False while another one of its plan and mode runs."""
    item = PREFLIGHT_CHECKS.to_item(check)
    kept = {"plan_id", "mode", "result_id"}
    attributes = {name: each for name, each in PreflightCheckItem.get_attributes().items() if name not in kept}
    values = item.attribute_values
    actions = [each.set(values[name]) if name in values else each.remove() for name, each in attributes.items()]
    return _update(check, actions, _none_runs(now))


def take_check(check: PreflightCheck, runner: str, *, now: datetime, lease_until: datetime) -> bool:
    """Makes ``runner`` the call that carries out a check; False if that is no longer to be done, or another call's."""
    actions = [PreflightCheckItem.runner.set(runner), PreflightCheckItem.lease_until.set(lease_until)]
    return _update(check, actions, _is_to_be_run(check) & _nobody_else_runs_it(runner, now))


def record_progress(check: PreflightCheck, progress: tuple[PlaceProgress, ...], lease_until: datetime) -> bool:
    """Records how far a check is, and that it still runs; False if another call has taken its place."""
    actions = [PreflightCheckItem.progress.set(progress), PreflightCheckItem.lease_until.set(lease_until)]
    return _update(check, actions, _is_run_by(check))


def write_parts(parts: Sequence[PreflightPart]) -> None:
    """Writes what a check has found; nobody sees it before the check ends."""
    with PreflightPartItem.batch_write() as batch:
        for part in parts:
            batch.save(PREFLIGHT_PARTS.to_item(part))


def end_check(check: PreflightCheck, ended_at: datetime) -> bool:
    """Ends a check and shows what it has found; False if another call has taken its place."""
    actions = [
        PreflightCheckItem.state.set(CheckState.ENDED),
        PreflightCheckItem.ended_at.set(ended_at),
        PreflightCheckItem.result_id.set(check.check_id),
    ]
    return _update(check, actions, _is_run_by(check))


def fail_check(check: PreflightCheck, problem: str, ended_at: datetime) -> bool:
    """Ends a check that could not be carried out; False if another call carries it out, or it has ended."""
    actions = [
        PreflightCheckItem.state.set(CheckState.FAILED),
        PreflightCheckItem.ended_at.set(ended_at),
        PreflightCheckItem.problem.set(problem),
    ]
    return _update(check, actions, _is_run_by(check) if check.runner else _is_not_taken(check))


def _update(check: PreflightCheck, actions: Sequence[Action], condition: Condition) -> bool:
    try:
        PreflightCheckItem(plan_id=check.plan_id, mode=check.mode).update(actions=list(actions), condition=condition)
    except UpdateError as error:
        if condition_failed(error):
            return False
        raise
    return True


def _none_runs(now: datetime) -> Condition:
    none: Condition = (
        PreflightCheckItem.plan_id.does_not_exist()
        | (PreflightCheckItem.state != CheckState.RUNNING)
        | (PreflightCheckItem.lease_until <= now)
    )
    return none


def _is_to_be_run(check: PreflightCheck) -> Condition:
    same: Condition = (PreflightCheckItem.check_id == check.check_id) & (PreflightCheckItem.state == CheckState.RUNNING)
    return same


def _nobody_else_runs_it(runner: str, now: datetime) -> Condition:
    nobody: Condition = (
        PreflightCheckItem.runner.does_not_exist()
        | (PreflightCheckItem.runner == runner)
        | (PreflightCheckItem.lease_until <= now)
    )
    return nobody


def _is_run_by(check: PreflightCheck) -> Condition:
    ours: Condition = _is_to_be_run(check) & (PreflightCheckItem.runner == check.runner)
    return ours


def _is_not_taken(check: PreflightCheck) -> Condition:
    not_taken: Condition = _is_to_be_run(check) & PreflightCheckItem.runner.does_not_exist()
    return not_taken
