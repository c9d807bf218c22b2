"""The actions that an execution offers to one caller: whether each is allowed and, before it is taken, what it does."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial

import msgspec

from ..access.permissions import InvocationMode, Permission, Principal, judge
from ..access.two_persons import (
    Act,
    Consent,
    FirstPerson,
    consent_of_two,
    consent_to_wave,
    require_person,
    second_person_needed,
)
from ..afterwards.deletion import describe_deletion, left_behind, require_deletable
from ..errors import DomainError, InUse
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
    DELETE = "DELETE"
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    RETRY = "RETRY"
    SKIP = "SKIP"


OPERATIONS = {
    Action.PAUSE: "pause_execution",
    Action.RESUME: "resume_execution",
    Action.CANCEL: "cancel_execution",
    Action.TERMINATE_INSTANCES: "terminate_recovery_instances",
    Action.DELETE: "delete_execution",
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
    Action.DELETE: Permission.DELETE_EXECUTIONS,
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
    """Who asks, how, and when. ``kept_days`` is how long the platform keeps the records of a RECOVERY."""

    principal: Principal
    mode: InvocationMode
    at: datetime
    kept_days: int


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
        is_recovery = run.mode is Mode.RECOVERY
        yield self._offer(
            Action.TERMINATE_INSTANCES,
            None,
            self._require_termination,
            self._describe_termination,
            confirm=run.plan_name if is_recovery else "",
            permission=Permission.TERMINATE_RECOVERY if is_recovery else None,
        )
        yield self._offer(Action.DELETE, None, self._require_deletion, partial(describe_deletion, run))

    def on_wave(self, wave: WaveRun) -> Iterator[OfferedAction]:
        run = self._execution
        if not run.status.takes_decisions:
            return
        if wave.status in rules.APPROVABLE and not wave.approved_by:
            yield self._offer(
                Action.APPROVE,
                wave,
                partial(self._require_consent, Act.APPROVE, wave),
                partial(self._describe_approval, wave),
            )
        if wave.status in rules.RETRYABLE:
            yield self._offer(Action.RETRY, wave, _nothing, partial(rules.describe_attempt, wave, run, _work(wave)))
        if wave.status in rules.SKIPPABLE:
            yield self._offer(Action.SKIP, wave, partial(self._require_skip, wave), partial(self._describe_skip, wave))
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
        permission: Permission | None = None,
    ) -> OfferedAction:
        permission = permission or PERMISSIONS[action]
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
        """As the command decides on it. Raises NotPermitted."""
        if not self._demands_two_persons:
            return Consent.GRANTED
        run, caller = self._execution, self._caller
        return consent_to_wave(run.initiated_by_subject, wave.first_person, act, caller.principal, caller.at)

    def _require_consent(self, act: Act, wave: WaveRun) -> None:
        first = wave.first_person
        if self._consent(act, wave) is Consent.AGAIN and first is not None:
            raise second_person_needed(f"Wave {wave.wave_number} waits.", first)

    def _require_skip(self, wave: WaveRun) -> None:
        rules.require_right_to_skip(wave, judge(self._caller.principal, self._caller.mode, Permission.APPROVE))
        if wave.has_open_gate:
            self._require_consent(Act.SKIP, wave)

    def _require_termination(self) -> None:
        run = self._execution
        rules.require_terminable(run)
        if not self._demands_two_persons or (run.termination is not None and run.termination.ended_at is None):
            return
        require_person(self._caller.principal)
        first = run.first_person
        if self._consent_to_terminate() is Consent.AGAIN and first is not None:
            raise second_person_needed("Nothing was terminated.", first)

    def _require_deletion(self) -> None:
        run = self._execution
        require_deletable(run, self._caller.kept_days, self._caller.at)
        if message := left_behind(run, self._instances_left, sum(job.is_open for job in self._jobs)):
            raise InUse(message)

    @property
    def _instances_left(self) -> int:
        return sum(wave.launched_count - (wave.counts.terminated if wave.counts else 0) for wave in self._waves)

    def _consent_to_terminate(self) -> Consent:
        if not self._demands_two_persons:
            return Consent.GRANTED
        principal = self._caller.principal
        asked = FirstPerson(Act.TERMINATE, principal.name, principal.person, self._caller.at)
        return consent_of_two(self._execution.first_person, asked)

    @property
    def _demands_two_persons(self) -> bool:
        return self._execution.mode is Mode.RECOVERY and self._policy.two_person

    def _describe_approval(self, wave: WaveRun) -> str:
        """What the approval does, found by deciding on the wave as it is after it."""
        if self._consent(Act.APPROVE, wave) is Consent.FIRST:
            return rules.describe_first_approval(wave)
        approved = msgspec.structs.replace(wave, approved_by=self._caller.principal.name or "you")
        waves = {**self._by_number, wave.wave_number: approved}
        if wave.delay_seconds and self._execution.status is ExecutionStatus.IN_PROGRESS:
            return f"Wave {wave.wave_number} starts {count_of(wave.delay_seconds, 'second')} after the approval."
        return rules.describe_approval(approved, waves, self._execution, _ALWAYS_OVER)

    def _describe_skip(self, wave: WaveRun) -> str:
        if wave.has_open_gate and self._consent(Act.SKIP, wave) is Consent.FIRST:
            return (
                f"Your request is recorded as the first of two. Wave {wave.wave_number} is skipped once someone else "
                "asks for the same."
            )
        return rules.describe_skip(wave)

    def _describe_termination(self) -> str:
        left = self._instances_left
        if not left:
            return "No launched server is left whose instance could be terminated."
        lost = f"the {count_of(left, 'instance')} of this {self._execution.mode} and their data are lost for ever."
        if self._consent_to_terminate() is Consent.FIRST:
            return f"Your request is recorded as the first of two. Once someone else asks for the same, {lost}"
        return lost[0].upper() + lost[1:]


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
