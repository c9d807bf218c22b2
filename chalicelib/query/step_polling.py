"""Polls the running steps of a wave. Returns what has changed and writes nothing."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from ..aws.reads.steps.instances import see_status_checks
from ..aws.reads.steps.ssm import see_automation, see_command
from ..domain.access.masking import MAX_OUTPUT_BYTES, mask_output
from ..domain.errors import DomainError
from ..domain.estate.accounts import Place, TargetAccount
from ..domain.limits import cut_bytes, that_fit
from ..domain.plans.plans import Wave
from ..domain.plans.steps import Ec2StatusCheck, SsmAutomation, SsmCommand
from ..domain.runs.records import Execution, ServerRun, WaveRun
from ..domain.steps.step_runs import NextKind, StepChange, StepRun, StepStatus, decide_next, step_of
from ..side_by_side import ask_each
from ..store.reads.estate.accounts import find_accounts
from ..store.reads.plans.plans import get_plan_version
from ..store.reads.steps.step_runs import get_wave_steps

MAX_LOOKED_AT = 200
MAX_CHANGES_BYTES = 60_000
"""Step Functions passes on at most 256 kB in all, so what does not fit is returned by the next poll."""


class StepLook(msgspec.Struct, frozen=True):
    """The result of one poll. ``over``: no step is left to run. ``problems``: places that could not be read."""

    over: bool
    changes: tuple[StepChange, ...] = ()
    problems: tuple[str, ...] = ()


class _Looking(msgspec.Struct, frozen=True):
    """A look at some runs, which returns what has changed."""

    runs: tuple[StepRun, ...]
    look: Callable[[], list[StepChange]]


NO_STEPS = StepLook(over=True)


def look_at_steps(execution: Execution, wave: WaveRun, servers: Sequence[ServerRun], now: datetime) -> StepLook:
    """Polls the steps of a wave: whether any are left, what has changed, which places could not be read."""
    version = get_plan_version(execution.plan_id, execution.plan_version)
    plan = next(item for item in version.waves if item.number == wave.wave_number)
    runs = get_wave_steps(wave.execution_id, wave.wave_number)
    over = all(run.status.is_final for run in servers)
    done = over and decide_next(wave, plan, runs, servers, launches_over=True).kind is NextKind.DONE
    running = [run for run in runs if not run.status.is_final and run.attempt == wave.attempt]
    accounts = find_accounts({run.target.account_id for run in running if run.target.account_id})
    changes, problems = _look(running, plan, accounts, now)
    return StepLook(done, tuple(that_fit(changes, MAX_CHANGES_BYTES)), problems)


def _look(
    running: Sequence[StepRun], plan: Wave, accounts: Mapping[str, TargetAccount], now: datetime
) -> tuple[list[StepChange], tuple[str, ...]]:
    looks: list[_Looking] = []
    checks: dict[Place, list[StepRun]] = {}
    for run in running[:MAX_LOOKED_AT]:
        step = step_of(run, plan)
        if isinstance(step, SsmAutomation | SsmCommand) and run.external_id:
            looks.append(_ssm_look(run, step, accounts, now))
    for run in running:
        if isinstance(step_of(run, plan), Ec2StatusCheck):
            checks.setdefault(run.target.place, []).append(run)
    looks += [_status_look(place, members, plan, accounts, now) for place, members in checks.items()]
    changes: list[StepChange] = []
    problems: dict[str, None] = {}
    for looked, result in zip(looks, ask_each(lambda item: item.look(), looks), strict=True):
        if isinstance(result, DomainError):
            problems[result.message[:400]] = None
            output = f"its status could not be read. {result.message}"
            for run in looked.runs:
                changes += _timed_out(run, step_of(run, plan).timeout_seconds, output, now)
        else:
            changes += result
    return changes, tuple(problems)[:5]


def _ssm_look(
    run: StepRun, step: SsmAutomation | SsmCommand, accounts: Mapping[str, TargetAccount], now: datetime
) -> _Looking:
    def look() -> list[StepChange]:
        account = accounts[run.target.account_id]
        if isinstance(step, SsmAutomation):
            seen = see_automation(account, run.target.region, run.external_id)
        else:
            seen = see_command(account, run.target.region, run.external_id, run.target.key)
        if seen.status.is_final:
            return [StepChange(run.key, seen.status, mask_output(seen.output))]
        return _timed_out(run, step.timeout_seconds, seen.output, now)

    return _Looking((run,), look)


def _status_look(
    place: Place, runs: Sequence[StepRun], plan: Wave, accounts: Mapping[str, TargetAccount], now: datetime
) -> _Looking:
    def look() -> list[StepChange]:
        seen = see_status_checks(accounts[place.account_id], place.region, [run.target.key for run in runs])
        changes: list[StepChange] = []
        for run in runs:
            passed, output = seen.get(run.target.key, (False, "EC2 does not show the instance"))
            if passed:
                changes.append(StepChange(run.key, StepStatus.SUCCEEDED, output))
            else:
                changes += _timed_out(run, step_of(run, plan).timeout_seconds, output, now)
        return changes

    return _Looking(tuple(runs), look)


def _timed_out(run: StepRun, timeout_seconds: int, output: str, now: datetime) -> list[StepChange]:
    if (now - run.started_at).total_seconds() < timeout_seconds:
        return []
    message = f"Not finished after {timeout_seconds} s. Last seen: {output}"
    return [StepChange(run.key, StepStatus.TIMED_OUT, cut_bytes(message, MAX_OUTPUT_BYTES))]
