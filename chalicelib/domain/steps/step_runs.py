"""Runs of steps, and the decision on what is next for a wave with steps.

A step that succeeded for a target is never run again for it in the same execution. Targets are recovery instances,
places (account and Region) or the wave as a whole. A server that was launched again has a new instance, which is a new
target.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from ..estate.accounts import Place
from ..plans.plans import Wave
from ..plans.steps import Phase, SsmAutomation, Step, runs_on_instances
from ..runs.outcomes import WaveOutcome, judge_wave
from ..runs.records import ServerRun, ServerStatus, WaveRun, WaveStatus, wave_key
from ..text import count_of

_INSTANCE_ID = re.compile(r"\bi-[0-9a-f]+\b")


class StepStatus(StrEnum):
    """A step that was not started has no run. SKIPPED: the wave ended before the step did."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    SKIPPED = "SKIPPED"

    @property
    def is_final(self) -> bool:
        return self is not StepStatus.RUNNING


class Target(msgspec.Struct, frozen=True):
    """What a step runs for: a recovery instance, a place, or the wave as a whole (an empty ``key``)."""

    key: str = ""
    label: str = ""
    account_id: str = ""
    region: str = ""
    source_server_id: str = ""

    @property
    def place(self) -> Place:
        return Place(self.account_id, self.region)


class StepRun(msgspec.Struct, frozen=True, rename="camel"):
    """One step for one target in one attempt of a wave, recorded before the step is carried out.

    ``kind`` is that of the step in the plan. ``external_id`` is the id of the command or automation;
    ``claim_expires_at`` is when the function that claimed the run has certainly ended. ``is_waiting``: AWS has
    certainly not taken it, for the reason in ``refusal``, so it may be claimed again.
    """

    execution_id: str
    wave_number: int
    attempt: int
    phase: Phase
    order: int
    name: str
    status: StepStatus
    started_at: datetime
    claim_expires_at: datetime
    target: Target = Target()
    external_id: str = ""
    output: str = ""
    ended_at: datetime | None = None
    refusal: str = ""
    is_waiting: bool = False
    kind: str = ""

    @property
    def key(self) -> str:
        return step_run_key(self.wave_number, self.attempt, self.phase, self.order, self.target.key)


class StepChange(msgspec.Struct, frozen=True):
    """A change of a step run: ``key`` identifies the run, ``output`` is its output or why it failed."""

    key: str
    status: StepStatus
    output: str = ""


class NextKind(StrEnum):
    """What is next for a wave with steps.

    START ``step`` for ``targets``. LAUNCH: servers may be launched. WAIT: a step is running. GIVE_UP: no server may
    launch. FAIL_SERVERS: servers did not pass a step. PROVE: servers passed all validations. DONE: no step is left.
    """

    START = "START"
    LAUNCH = "LAUNCH"
    WAIT = "WAIT"
    GIVE_UP = "GIVE_UP"
    FAIL_SERVERS = "FAIL_SERVERS"
    PROVE = "PROVE"
    DONE = "DONE"


class NextStep(msgspec.Struct, frozen=True):
    """What is next; with GIVE_UP and DONE, ``problem`` is why the wave cannot be COMPLETED, if it cannot."""

    kind: NextKind
    problem: str = ""
    phase: Phase = Phase.PRE_ACTION
    order: int = 0
    step: Step | None = None
    targets: tuple[Target, ...] = ()
    servers: Mapping[str, str] = {}
    """With FAIL_SERVERS: the reason, by source server id. With PROVE: the servers, with empty reasons."""


def step_run_key(wave_number: int, attempt: int, phase: Phase, order: int, target: str) -> str:
    """``wave#attempt#phase#order#target``, so that one query finds all runs of a wave."""
    return f"{wave_key(wave_number)}#{attempt:02d}#{phase}#{order:02d}#{target}"


def phases_of(wave: Wave) -> dict[Phase, tuple[Step, ...]]:
    return {
        Phase.PRE_ACTION: wave.pre_actions,
        Phase.POST_ACTION: wave.post_actions,
        Phase.VALIDATION: wave.validations,
    }


def step_of(run: StepRun, plan: Wave) -> Step:
    """The step in the plan to which ``run`` belongs."""
    return phases_of(plan)[run.phase][run.order - 1]


def unproven_servers(plan: Wave, runs: Sequence[StepRun], attempt: int) -> dict[str, str]:
    """Reasons by source server id for servers that launched and did not pass a step in this attempt."""
    return {
        run.target.source_server_id: f"{_name_of(run.phase)} '{run.name}' {_ended_as(run)}"
        for run in runs
        if run.attempt == attempt
        and run.target.source_server_id
        and run.status.is_final
        and run.status is not StepStatus.SUCCEEDED
        and not step_of(run, plan).optional
    }


def find_unregistered(refusal: str, instance_ids: Sequence[str]) -> set[str]:
    """The instances that Systems Manager names in its refusal of a command; all of a command for one instance.

    It does not name them in every case (github.com/aws/aws-cli, issue 3646).
    """
    named = set(_INSTANCE_ID.findall(refusal)).intersection(instance_ids)
    return named or (set(instance_ids) if len(instance_ids) == 1 else set())


def explain_unregistered(refusal: str) -> str:
    """The refusal of a command for an instance that is not ready, with what to check."""
    return (
        f"{refusal.removesuffix('.')}. The SSM agent of the instance has not registered. Check that the agent runs, "
        "that the instance profile allows it to use Systems Manager, and that it can reach the service."
    )


def decide_next(
    wave: WaveRun, plan: Wave, runs: Sequence[StepRun], servers: Sequence[ServerRun], *, launches_over: bool
) -> NextStep:
    """Decides what is next for a wave with steps.

    Pre-actions run before the first launch. Post-actions and validations begin when every launch has ended and the wave
    can still be COMPLETED, so no step runs after launches that failed the wave. Steps run one after another, each for
    all its targets before the next one begins.
    """
    look = _Look(wave, plan, runs, servers)
    before = look.walk(Phase.PRE_ACTION)
    if before.kind is not NextKind.DONE:
        return before
    if before.problem:
        unlaunched = any(not run.status.is_final for run in servers)
        return msgspec.structs.replace(before, kind=NextKind.GIVE_UP if unlaunched else NextKind.DONE)
    if not launches_over:
        return NextStep(NextKind.LAUNCH)
    lost = {
        server_id: reason
        for server_id, reason in look.unproven.items()
        if any(run.source_server_id == server_id and run.status.has_launched for run in servers)
    }
    if lost:
        return NextStep(NextKind.FAIL_SERVERS, servers=lost)
    for phase in (Phase.POST_ACTION, Phase.VALIDATION):
        then = look.walk(phase)
        if then.kind is NextKind.START and not look.is_sound:
            return NextStep(NextKind.DONE)
        if then.kind is not NextKind.DONE or then.problem:
            return then
    proven = {run.source_server_id: "" for run in servers if run.status is ServerStatus.LAUNCHED}
    if plan.validations and proven and look.is_sound:
        return NextStep(NextKind.PROVE, servers=proven)
    return NextStep(NextKind.DONE)


def judge_wave_with_steps(
    wave: WaveRun, plan: Wave, runs: Sequence[StepRun], servers: Sequence[ServerRun], *, timed_out: bool
) -> WaveOutcome:
    """The outcome of a wave with no more launches, from its launches and its steps that are not optional."""
    look = _Look(wave, plan, runs, servers)
    outcome = look.judge(timed_out=timed_out)
    then = decide_next(wave, plan, runs, servers, launches_over=True)
    unfinished = then.kind is not NextKind.DONE
    problem = "its actions and validations had not ended" if unfinished else then.problem
    if not problem or (outcome.status is not WaveStatus.COMPLETED and not look.failed_before_launch):
        return msgspec.structs.replace(outcome, unfinished=unfinished)
    status = WaveStatus.TIMED_OUT if timed_out else WaveStatus.FAILED
    reason = f"{outcome.launched} of {count_of(len(servers), 'server')} launched; {problem.rstrip('.')}."
    return msgspec.structs.replace(outcome, status=status, reason=reason, unfinished=unfinished)


class _Look:
    """The steps of a wave as they are now."""

    def __init__(self, wave: WaveRun, plan: Wave, runs: Sequence[StepRun], servers: Sequence[ServerRun]) -> None:
        self._wave, self._phases, self._servers = wave, phases_of(plan), servers
        self._runs: dict[tuple[Phase, int, str], StepRun] = {}
        for run in runs:
            if run.status is StepStatus.SUCCEEDED or run.attempt == wave.attempt:
                self._runs[run.phase, run.order, run.target.key] = run
        self.unproven = unproven_servers(plan, runs, wave.attempt)

    @property
    def is_sound(self) -> bool:
        """Whether the wave would be COMPLETED if it ended now."""
        return self.judge(timed_out=False).status is WaveStatus.COMPLETED

    @property
    def failed_before_launch(self) -> bool:
        return bool(self.walk(Phase.PRE_ACTION).problem)

    def judge(self, *, timed_out: bool) -> WaveOutcome:
        return judge_wave(
            self._servers,
            min_success_percent=self._wave.min_success_percent,
            timed_out=timed_out,
            unproven=self.unproven,
        )

    def walk(self, phase: Phase) -> NextStep:
        """The first step of the phase that is not over; DONE with a problem if a step has finally failed."""
        for order, step in enumerate(self._phases[phase], start=1):
            found = [(target, self._runs.get((phase, order, target.key))) for target in self._targets(step)]
            fresh = tuple(target for target, run in found if run is None)
            if fresh:
                return NextStep(NextKind.START, phase=phase, order=order, step=step, targets=fresh)
            known = [run for _, run in found if run is not None]
            if any(not run.status.is_final for run in known):
                return NextStep(NextKind.WAIT, phase=phase, order=order, step=step)
            failed = [run for run in known if run.status is not StepStatus.SUCCEEDED]
            if failed and not step.optional and not runs_on_instances(step):
                problem = f"{_name_of(phase)} '{step.name}' {_ended_as(failed[0])}"
                return NextStep(NextKind.DONE, problem=problem)
        return NextStep(NextKind.DONE, phase=phase)

    def _targets(self, step: Step) -> list[Target]:
        if runs_on_instances(step):
            return [
                Target(
                    run.recovery_instance_id,
                    run.hostname,
                    run.account_id,
                    run.region,
                    source_server_id=run.source_server_id,
                )
                for run in self._servers
                if run.status.has_launched and run.recovery_instance_id
            ]
        if isinstance(step, SsmAutomation):
            places = {run.place: None for run in self._servers if run.status is not ServerStatus.EXCLUDED}
            return [Target(str(place), str(place), place.account_id, place.region) for place in places]
        return [Target()]


def _name_of(phase: Phase) -> str:
    return {
        Phase.PRE_ACTION: "pre-action",
        Phase.POST_ACTION: "post-action",
        Phase.VALIDATION: "validation",
    }[phase]


def _ended_as(run: StepRun) -> str:
    verb = {StepStatus.TIMED_OUT: "timed out", StepStatus.SKIPPED: "did not end in time"}.get(run.status, "failed")
    where = f" on {run.target.label}" if run.target.label else ""
    output = " ".join(run.output.split())[:200]
    return f"{verb}{where}: {output}" if output else f"{verb}{where}"
