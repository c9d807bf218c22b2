"""The actions that an execution offers to one caller: whether each is allowed and, before it is taken, what it does."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial

import msgspec

from ..access.permissions import InvocationMode, Permission, Principal, judge
from ..access.two_persons import Act, Consent, consent_to_wave
from ..errors import DomainError, NotPermitted
from ..plans.plans import ApprovalPolicy
from ..text import count_of
from . import interventions as rules
from .records import Execution, ExecutionStatus, JobRun, Mode, WaveRun, require_execution_move

_ALWAYS_OVER = datetime.max.replace(tzinfo=UTC)
"""A time at which the delay of every wave is over: what is said here does not change while nothing happens."""


class Action(StrEnum):
    PAUSE = "PAUSE"
    RESUME = "RESUME"
    CANCEL = "CANCEL"
    TERMINATE_INSTANCES = "TERMINATE_INSTANCES"
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    RETRY = "RETRY"
    SKIP = "SKIP"


OPERATIONS = {
    Action.PAUSE: "pause_execution",
    Action.RESUME: "resume_execution",
    Action.CANCEL: "cancel_execution",
    Action.TERMINATE_INSTANCES: "terminate_recovery_instances",
    Action.APPROVE: "approve_wave",
    Action.REJECT: "reject_wave",
    Action.RETRY: "retry_wave",
    Action.SKIP: "skip_wave",
}
"""The operation that takes each action."""

PERMISSIONS = {
    Action.PAUSE: Permission.CONTROL_EXECUTION,
    Action.RESUME: Permission.CONTROL_EXECUTION,
    Action.CANCEL: Permission.CONTROL_EXECUTION,
    Action.TERMINATE_INSTANCES: Permission.TERMINATE_INSTANCES,
    Action.APPROVE: Permission.APPROVE,
    Action.REJECT: Permission.APPROVE,
    Action.RETRY: Permission.CONTROL_EXECUTION,
    Action.SKIP: Permission.CONTROL_EXECUTION,
}
"""The permission of that operation."""


class OfferedAction(msgspec.Struct, frozen=True, rename="camel"):
    """One action; ``waveNumber`` is null for one on the whole execution.

    ``reason`` is why it is allowed or not, and ``consequence`` what it does, empty if the execution does not allow it.
    ``confirm`` is what the caller has to type before it is taken, empty if nothing.
    """

    action: Action
    wave_number: int | None
    allowed: bool
    reason: str
    consequence: str
    confirm: str
    permission: Permission
    operation: str


class Caller(msgspec.Struct, frozen=True):
    principal: Principal
    mode: InvocationMode


def offered_actions(
    execution: Execution, waves: Sequence[WaveRun], jobs: Sequence[JobRun], policy: ApprovalPolicy, caller: Caller
) -> list[OfferedAction]:
    """The actions on the execution, then those on each wave that its state and the execution's allow.

    ``jobs`` are the launch requests of the execution, ``policy`` is its plan's.
    """
    desk = _Desk(execution, waves, jobs, policy, caller)
    return [*desk.on_execution(), *(offer for wave in waves for offer in desk.on_wave(wave))]


class _Desk:
    def __init__(
        self,
        execution: Execution,
        waves: Sequence[WaveRun],
        jobs: Sequence[JobRun],
        policy: ApprovalPolicy,
        caller: Caller,
    ) -> None:
        self._execution, self._waves, self._jobs = execution, waves, jobs
        self._policy, self._caller = policy, caller
        self._by_number: Mapping[int, WaveRun] = {wave.wave_number: wave for wave in waves}

    def on_execution(self) -> Iterator[OfferedAction]:
        run, waves, jobs = self._execution, self._waves, self._jobs
        for action, status, describe in (
            (Action.PAUSE, ExecutionStatus.PAUSED, partial(rules.describe_pause, jobs, waves)),
            (Action.RESUME, ExecutionStatus.IN_PROGRESS, partial(rules.describe_resume, waves)),
            (Action.CANCEL, ExecutionStatus.CANCELLING, partial(rules.describe_cancellation, jobs, waves)),
        ):
            yield self._offer(action, None, partial(require_execution_move, run.status, status), describe)
        confirm = run.plan_name if run.mode is Mode.RECOVERY else ""
        yield self._offer(
            Action.TERMINATE_INSTANCES,
            None,
            self._require_terminable,
            self._describe_termination,
            confirm=confirm,
        )

    def on_wave(self, wave: WaveRun) -> Iterator[OfferedAction]:
        run = self._execution
        if not run.status.takes_decisions:
            return
        if wave.status in rules.APPROVABLE and not wave.approved_by:
            yield self._offer(
                Action.APPROVE, wave, partial(self._consent, Act.APPROVE, wave), partial(self._describe_approval, wave)
            )
        if wave.status in rules.RETRYABLE:
            yield self._offer(Action.RETRY, wave, _nothing, partial(rules.describe_attempt, wave, run, _work(wave)))
        if wave.status in rules.SKIPPABLE:
            yield self._offer(
                Action.SKIP, wave, partial(self._require_right_to_skip, wave), partial(rules.describe_skip, wave)
            )
        if wave.status in rules.REJECTABLE:
            status = rules.status_after_rejection(wave)
            yield self._offer(
                Action.REJECT,
                wave,
                partial(rules.require_unapproved, wave),
                partial(rules.describe_rejection, wave, status),
            )

    def _offer(
        self,
        action: Action,
        wave: WaveRun | None,
        require: Callable[[], object],
        describe: Callable[[], str],
        *,
        confirm: str = "",
    ) -> OfferedAction:
        permission = PERMISSIONS[action]
        verdict = judge(self._caller.principal, self._caller.mode, permission)
        obstacle = _obstacle(require)
        return OfferedAction(
            action=action,
            wave_number=wave.wave_number if wave else None,
            allowed=verdict.allowed and not obstacle,
            reason=obstacle or verdict.reason,
            consequence="" if obstacle else describe(),
            confirm="" if obstacle else confirm,
            permission=permission,
            operation=OPERATIONS[action],
        )

    def _consent(self, act: Act, wave: WaveRun) -> Consent:
        """What the caller's act on the wave would be. Raises NotPermitted for one who may not agree to it."""
        run, first = self._execution, wave.first_person
        if run.mode is not Mode.RECOVERY or not self._policy.two_person:
            return Consent.GRANTED
        now = first.at if first else run.started_at
        return consent_to_wave(run.initiated_by_subject, first, act, self._caller.principal, now)

    def _require_right_to_skip(self, wave: WaveRun) -> None:
        rules.require_right_to_skip(wave, judge(self._caller.principal, self._caller.mode, Permission.APPROVE))
        if wave.has_open_gate:
            self._consent(Act.SKIP, wave)

    def _require_terminable(self) -> None:
        rules.require_terminable(self._execution)
        if self._execution.mode is Mode.RECOVERY:
            verdict = judge(self._caller.principal, self._caller.mode, Permission.TERMINATE_RECOVERY)
            if not verdict.allowed:
                raise NotPermitted(f"This is a RECOVERY. {verdict.reason}")

    def _describe_approval(self, wave: WaveRun) -> str:
        """What the approval does, found by deciding on the wave as it is after it."""
        if self._consent(Act.APPROVE, wave) is not Consent.GRANTED:
            return (
                f"The approval of wave {wave.wave_number} counts as the first of two; someone else must approve it too."
            )
        approved = msgspec.structs.replace(wave, approved_by=self._caller.principal.name or "you")
        waves = {**self._by_number, wave.wave_number: approved}
        if wave.delay_seconds and self._execution.status is ExecutionStatus.IN_PROGRESS:
            return f"Wave {wave.wave_number} starts {count_of(wave.delay_seconds, 'second')} after the approval."
        return rules.describe_approval(approved, waves, self._execution, _ALWAYS_OVER)

    def _describe_termination(self) -> str:
        left = sum(wave.launched_count for wave in self._waves)
        if not left:
            return "No launched server is left whose instance could be terminated."
        return f"The {count_of(left, 'instance')} of this {self._execution.mode} and their data are lost for ever."


def _nothing() -> None:
    """No condition beyond the state of the wave and of the execution."""


def _obstacle(require: Callable[[], object]) -> str:
    try:
        require()
    except DomainError as error:
        return error.message
    return ""


def _work(wave: WaveRun) -> rules.AttemptWork:
    """What a retry does by the counts of the wave. DRS may have launched some of these servers since."""
    counts = wave.counts
    if counts is None:
        return rules.AttemptWork(wave.failed_count, 0, 0)
    # Servers whose instances run and whose checks have failed count as launched and as failed.
    checks = max(0, wave.launched_count - counts.launched - counts.validated)
    return rules.AttemptWork(counts.failed - checks + counts.not_started, checks, counts.launching)
