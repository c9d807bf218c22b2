"""Runs of steps: their values, and what is next for a wave with steps. It decides; others act.

A step that has succeeded for a target is never run again in the same execution. Targets are recovery instances, places
(account and Region) or the wave as a whole; a server that was launched anew has a new instance and is a new target.
"""

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


class StepStatus(StrEnum):
    """A step that has not been started has no run. SKIPPED: the wave ended before the step did."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    SKIPPED = "SKIPPED"

    @property
    def is_final(self) -> bool:
        return self is not StepStatus.RUNNING


class Target(msgspec.Struct, frozen=True):
    """What a step runs for: an instance of a server, a place, or with an empty ``key`` the wave as a whole."""

    key: str = ""
    label: str = ""
    account_id: str = ""
    region: str = ""
    source_server_id: str = ""

    @property
    def place(self) -> Place:
        return Place(self.account_id, self.region)


class StepRun(msgspec.Struct, frozen=True, rename="camel"):
    """One step for one target in one attempt of a wave, claimed before anything is done.

    ``external_id`` is the id of the command or automation; ``claim_expires_at`` is when a claimer that has not recorded
    one can no longer be alive.
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

    @property
    def key(self) -> str:
        return step_run_key(self.wave_number, self.attempt, self.phase, self.order, self.target.key)


class StepChange(msgspec.Struct, frozen=True):
    """News of a step: ``key`` is the run's, ``output`` what it printed or why it failed."""

    key: str
    status: StepStatus
    output: str = ""


class NextKind(StrEnum):
    """START ``step`` for ``targets``. LAUNCH: launches may go on. WAIT: something runs. GIVE_UP: none may launch.

    FAIL_SERVERS: servers did not pass a step. PROVE: servers passed all validations. DONE: no step is left to run.
    """

    START = "START"
    LAUNCH = "LAUNCH"
    WAIT = "WAIT"
    GIVE_UP = "GIVE_UP"
    FAIL_SERVERS = "FAIL_SERVERS"
    PROVE = "PROVE"
    DONE = "DONE"


class NextStep(msgspec.Struct, frozen=True):
    """What is next, and with GIVE_UP and DONE why the wave cannot be COMPLETED (empty when it can)."""

    kind: NextKind
    problem: str = ""
    phase: Phase = Phase.PRE_ACTION
    order: int = 0
    step: Step | None = None
    targets: tuple[Target, ...] = ()
    servers: Mapping[str, str] = {}
    """With FAIL_SERVERS: the reason, by source server id. With PROVE: the servers, with empty reasons."""


def step_run_key(wave_number: int, attempt: int, phase: Phase, order: int, target: str) -> str:
    """``wave#attempt#phase#order#target``: a wave's runs are one query."""
    return f"{wave_key(wave_number)}#{attempt:02d}#{phase}#{order:02d}#{target}"


def phases_of(wave: Wave) -> dict[Phase, tuple[Step, ...]]:
    return {
        Phase.PRE_ACTION: wave.pre_actions,
        Phase.POST_ACTION: wave.post_actions,
        Phase.VALIDATION: wave.validations,
    }


def step_of(run: StepRun, plan: Wave) -> Step:
    """The step of the plan that ``run`` is a run of."""
    return phases_of(plan)[run.phase][run.order - 1]


def unproven_servers(plan: Wave, runs: Sequence[StepRun], attempt: int) -> dict[str, str]:
    """Servers that launched and did not pass a step in this attempt, with the reason, by source server id."""
    return {
        run.target.source_server_id: f"{_told(run.phase)} '{run.name}' {_ended_as(run)}"
        for run in runs
        if run.attempt == attempt
        and run.target.source_server_id
        and run.status.is_final
        and run.status is not StepStatus.SUCCEEDED
        and not step_of(run, plan).optional
    }


def decide_next(
    wave: WaveRun, plan: Wave, runs: Sequence[StepRun], servers: Sequence[ServerRun], *, launches_over: bool
) -> NextStep:
    """What is next for a wave with steps.

    Pre-actions come before the first launch. Post-actions and validations begin when every launch has ended and the
    wave may still be COMPLETED: a step never runs on the strength of launches that went wrong. One step after another;
    a step runs for all its targets before the next one begins.
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
    """The outcome of a wave of which nothing more is launched: launches, and every step that is not optional."""
    look = _Look(wave, plan, runs, servers)
    outcome = look.judge(timed_out=timed_out)
    then = decide_next(wave, plan, runs, servers, launches_over=True)
    unfinished = then.kind is not NextKind.DONE
    problem = "its actions and validations had not ended" if unfinished else then.problem
    if not problem or (outcome.status is not WaveStatus.COMPLETED and not look.failed_before_launch):
        return msgspec.structs.replace(outcome, unfinished=unfinished)
    status = WaveStatus.TIMED_OUT if timed_out else WaveStatus.FAILED
    told = f"{outcome.launched} of {count_of(len(servers), 'server')} launched; {problem.rstrip('.')}."
    return msgspec.structs.replace(outcome, status=status, reason=told, unfinished=unfinished)


class _Look:
    """One look at a wave's steps."""

    def __init__(self, wave: WaveRun, plan: Wave, runs: Sequence[StepRun], servers: Sequence[ServerRun]) -> None:
        self._wave, self._phases, self._servers = wave, phases_of(plan), servers
        self._runs: dict[tuple[Phase, int, str], StepRun] = {}
        for run in runs:
            if run.status is StepStatus.SUCCEEDED or run.attempt == wave.attempt:
                self._runs[run.phase, run.order, run.target.key] = run
        self.unproven = unproven_servers(plan, runs, wave.attempt)

    @property
    def is_sound(self) -> bool:
        """Whether the wave could be COMPLETED as it stands."""
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
        """The first step of the phase that is not over; DONE with a problem when one has failed for good."""
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
                problem = f"{_told(phase)} '{step.name}' {_ended_as(failed[0])}"
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


def _told(phase: Phase) -> str:
    return {
        Phase.PRE_ACTION: "pre-action",
        Phase.POST_ACTION: "post-action",
        Phase.VALIDATION: "validation",
    }[phase]


def _ended_as(run: StepRun) -> str:
    verb = {StepStatus.TIMED_OUT: "ran out of time", StepStatus.SKIPPED: "was left behind"}.get(run.status, "failed")
    where = f" on {run.target.label}" if run.target.label else ""
    told = " ".join(run.output.split())[:200]
    return f"{verb}{where}: {told}" if told else f"{verb}{where}"
