"""Drives a wave's actions and validations: claims the next one, carries it out, records its result. Safe to repeat."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from ...domain.access.context import CallContext
from ...domain.access.masking import mask_output
from ...domain.estate.accounts import TargetAccount
from ...domain.launches.claims import idle_servers
from ...domain.plans.outgoing import OUTGOING, OutgoingHosts, host_of
from ...domain.plans.plans import Wave
from ...domain.plans.steps import Ec2StatusCheck, HttpProbe, Phase, Step, TcpProbe, kind_of, may_be_tried_again
from ...domain.runs.events import EventKind
from ...domain.runs.outcomes import WaveOutcome
from ...domain.runs.records import Execution, ExecutionStatus, ServerRun, ServerStatus, TimelineEvent, WaveRun
from ...domain.steps.step_runs import (
    NextKind,
    NextStep,
    StepChange,
    StepRun,
    StepStatus,
    Target,
    decide_next,
    judge_wave_with_steps,
    step_of,
    unproven_servers,
)
from ...domain.text import count_of
from ...settings import settings
from ...side_by_side import map_bounded
from ...store.reads.estate.accounts import find_accounts
from ...store.reads.estate.settings import read_setting
from ...store.reads.plans.plans import get_plan_version
from ...store.reads.runs.executions import get_wave_jobs, get_wave_servers
from ...store.reads.steps.step_runs import get_wave_steps
from ...store.writes.runs.servers import close_servers, fail_launched_servers, prove_servers
from ...store.writes.runs.waves import mark_validating
from ...store.writes.steps.step_runs import (
    claim_step,
    claim_step_again,
    end_step,
    record_step_begun,
    record_step_refused,
)
from ..notices.events import new_event
from .step_actions import StepResult, act, give_up_waiting, probe, settle_claim

DRIVE_SECONDS = 60
"""How long one task goes on starting steps. The next look at the wave continues from there."""

_WRITES_AT_ONCE = 16
_WORDS = {Phase.PRE_ACTION: "Pre-action", Phase.POST_ACTION: "Post-action", Phase.VALIDATION: "Validation"}


def drive_steps(execution: Execution, wave: WaveRun, call: CallContext, changes: Sequence[StepChange] = ()) -> bool:
    """Advances the steps of a wave as far as possible. True if its launches may go on.

    ``changes`` are what a look has shown of running steps. An execution that is paused or being cancelled starts no
    step, but steps that are already running are still followed.
    """
    plan = plan_of(execution, wave)
    servers = get_wave_servers(wave.execution_id, wave.wave_number)
    accounts = find_accounts({run.account_id for run in servers})
    drive = _Drive(wave, plan, accounts, call)
    drive.look_after(get_wave_steps(wave.execution_id, wave.wave_number), changes)
    if execution.status is ExecutionStatus.IN_PROGRESS:
        drive.try_again(get_wave_steps(wave.execution_id, wave.wave_number), servers)
    until = call.now + timedelta(seconds=DRIVE_SECONDS)
    while True:
        servers = get_wave_servers(wave.execution_id, wave.wave_number)
        jobs = get_wave_jobs(wave.execution_id, wave.wave_number)
        over = all(run.status.is_final for run in servers) and not any(job.is_open for job in jobs)
        runs = get_wave_steps(wave.execution_id, wave.wave_number)
        then = decide_next(wave, plan, runs, servers, launches_over=over)
        if then.kind is NextKind.START and (execution.status is not ExecutionStatus.IN_PROGRESS or call.now > until):
            return False
        if not drive.take(then, servers, runs):
            return then.kind is NextKind.LAUNCH


def plan_of(execution: Execution, wave: WaveRun) -> Wave:
    """The wave as defined in the plan version that the execution runs."""
    plan = get_plan_version(execution.plan_id, execution.plan_version)
    return next(item for item in plan.waves if item.number == wave.wave_number)


def judge_with_steps(
    execution: Execution, wave: WaveRun, servers: Sequence[ServerRun], *, timed_out: bool
) -> WaveOutcome:
    """The outcome of a wave by its launches and steps."""
    runs = get_wave_steps(wave.execution_id, wave.wave_number)
    return judge_wave_with_steps(wave, plan_of(execution, wave), runs, servers, timed_out=timed_out)


def close_open_steps(wave: WaveRun, *, timed_out: bool, now: datetime) -> None:
    """Ends the steps of a judged wave that still run in the attempt that was judged."""
    runs = get_wave_steps(wave.execution_id, wave.wave_number)
    status = StepStatus.TIMED_OUT if timed_out else StepStatus.SKIPPED
    left = [run for run in runs if not run.status.is_final and run.attempt <= wave.attempt]
    map_bounded(lambda run: _end(run, status, _why_unfinished(run), now), left, limit=_WRITES_AT_ONCE)


def _why_unfinished(run: StepRun) -> str:
    if run.is_waiting:
        return f"The wave ended before this step was started. Last answer: {run.refusal}"
    return "The wave ended before this step did. What the step had started may still be running."


def launched_but_unproven(execution: Execution, wave: WaveRun) -> set[str]:
    """The servers whose instances run but whose checks failed. A retry only checks them again."""
    if not wave.step_count:
        return set()
    runs = get_wave_steps(wave.execution_id, wave.wave_number)
    return set(unproven_servers(plan_of(execution, wave), runs, wave.attempt))


class _Drive:
    """The work of one task on the steps of a wave."""

    def __init__(self, wave: WaveRun, plan: Wave, accounts: Mapping[str, TargetAccount], call: CallContext) -> None:
        self._wave, self._plan, self._accounts, self._call = wave, plan, accounts, call

    def look_after(self, runs: Sequence[StepRun], changes: Sequence[StepChange]) -> None:
        """Records what a look has shown, tries probes again, and ends what waits for too long or whose task died."""
        news = {change.key: change for change in changes}
        running = [run for run in runs if not run.status.is_final and run.attempt == self._wave.attempt]
        self._record(
            [StepResult(run, news[run.key].status, news[run.key].output) for run in running if run.key in news]
        )
        probes: dict[tuple[Phase, int], list[StepRun]] = {}
        for run in running:
            step = step_of(run, self._plan)
            if run.key in news or isinstance(step, Ec2StatusCheck):
                continue
            if may_be_tried_again(step):
                probes.setdefault((run.phase, run.order), []).append(run)
            elif run.is_waiting:
                given_up = give_up_waiting(step, run, self._call)
                self._record([given_up] if given_up else [])
            elif not run.external_id and self._call.now > run.claim_expires_at:
                self._record([settle_claim(step, run, self._accounts, self._call)])
        for members in probes.values():
            step = step_of(members[0], self._plan)
            if isinstance(step, HttpProbe | TcpProbe):
                self._record(probe(step, members, self._accounts, self._call, _allowed_for(step)))

    def try_again(self, runs: Sequence[StepRun], servers: Sequence[ServerRun]) -> None:
        """Claims the steps that AWS has not taken, and carries them out."""
        waiting = [run for run in runs if run.is_waiting and not run.status.is_final]
        expires_at = self._claim_life()
        mine = [run for run in waiting if run.attempt == self._wave.attempt]
        taken = map_bounded(lambda run: claim_step_again(run, expires_at), mine, limit=_WRITES_AT_ONCE)
        won = [run for run, is_mine in zip(mine, taken, strict=True) if is_mine]
        groups: dict[tuple[Phase, int], list[StepRun]] = {}
        for run in won:
            groups.setdefault((run.phase, run.order), []).append(run)
        for members in groups.values():
            step = step_of(members[0], self._plan)
            self._record(act(step, members, servers, self._accounts, self._call, _allowed_for(step)))

    def take(self, then: NextStep, servers: Sequence[ServerRun], runs: Sequence[StepRun]) -> bool:
        """Carries out the next step; True if something changed, so that the next step must be decided again."""
        now, wave = self._call.now, self._wave
        match then.kind:
            case NextKind.START:
                return then.step is not None and self._start(then, then.step, servers, runs)
            case NextKind.GIVE_UP:
                jobs = get_wave_jobs(wave.execution_id, wave.wave_number)
                waiting = idle_servers(servers, jobs)
                close_servers(waiting, ServerStatus.FAILED, f"Not launched: {then.problem}"[:1_000], now)
                return bool(waiting)
            case NextKind.FAIL_SERVERS:
                reasons = {server_id: f"Launched, and then: {why}" for server_id, why in then.servers.items()}
                fail_launched_servers({run.source_server_id: run for run in servers}, reasons)
                return True
            case NextKind.PROVE:
                mark_validating(wave.execution_id, wave.wave_number)
                prove_servers([run for run in servers if run.source_server_id in then.servers])
                return True
            case _:
                return False

    def _start(self, then: NextStep, step: Step, servers: Sequence[ServerRun], runs: Sequence[StepRun]) -> bool:
        if then.phase is not Phase.PRE_ACTION:
            mark_validating(self._wave.execution_id, self._wave.wave_number)
        begun = any((run.phase, run.order, run.attempt) == (then.phase, then.order, self._wave.attempt) for run in runs)
        claims = [self._new_run(then, step, target) for target in then.targets]
        first = [] if begun else [self._started(then, step)]
        won = [run for run in claims[:1] if claim_step(run, first)]
        others = claims[1:]
        taken = map_bounded(lambda run: claim_step(run, []), others, limit=_WRITES_AT_ONCE)
        won += [run for run, is_mine in zip(others, taken, strict=True) if is_mine]
        self._record(act(step, won, servers, self._accounts, self._call, _allowed_for(step)))
        return bool(won)

    def _new_run(self, then: NextStep, step: Step, target: Target) -> StepRun:
        now = self._call.now
        return StepRun(
            execution_id=self._wave.execution_id,
            wave_number=self._wave.wave_number,
            attempt=self._wave.attempt,
            phase=then.phase,
            order=then.order,
            name=step.name,
            kind=kind_of(step),
            status=StepStatus.RUNNING,
            started_at=now,
            claim_expires_at=self._claim_life(),
            target=target,
        )

    def _claim_life(self) -> datetime:
        """Until when a claim of this task is valid: the task carries it out within the life of its function."""
        return max(self._call.deadline, self._call.now + settings().claim_life)

    def _started(self, then: NextStep, step: Step) -> TimelineEvent:
        where = f" for {count_of(len(then.targets), 'target')}" if then.targets[0].key else ""
        message = f"{_WORDS[then.phase]} '{step.name}' ({kind_of(step)}) starts{where}."
        wave = self._wave
        return new_event(
            wave.execution_id, self._call.now, EventKind.STEP_STARTED, message, wave_number=wave.wave_number,
            phase=then.phase.value, step=step.name,
        )  # fmt: skip

    def _record(self, results: Sequence[StepResult]) -> None:
        def record(result: StepResult) -> bool:
            if result.status.is_final:
                return _end(result.run, result.status, result.output, self._call.now)
            if result.refusal:
                return _wait(result.run, result.refusal, self._call.now)
            return bool(result.external_id) and record_step_begun(result.run, result.external_id)

        map_bounded(record, results, limit=_WRITES_AT_ONCE)


def _allowed_for(step: Step) -> OutgoingHosts:
    """What an administrator has allowed, read only for a step that goes to a named host."""
    return read_setting(OUTGOING, OutgoingHosts()).value if host_of(step) else OutgoingHosts()


def _wait(run: StepRun, refusal: str, now: datetime) -> bool:
    """Records that the step is tried again, with an event the first time."""
    masked = mask_output(refusal)
    message = f"{_label(run)} waits and is tried again until its time limit. {masked}"
    event = new_event(
        run.execution_id, now, EventKind.STEP_WAITING, message, wave_number=run.wave_number, phase=run.phase.value,
        step=run.name, target=run.target.key,
    )  # fmt: skip
    return record_step_refused(run, masked, [] if run.refusal else [event])


def _label(run: StepRun) -> str:
    where = f" on {run.target.label or run.target.key}" if run.target.key else ""
    return f"{_WORDS[run.phase]} '{run.name}'{where}"


def _end(run: StepRun, status: StepStatus, output: str, now: datetime) -> bool:
    masked = mask_output(output)
    message = f"{_label(run)}: {status}."
    event = new_event(
        run.execution_id, now, EventKind.STEP_ENDED, message, wave_number=run.wave_number, phase=run.phase.value,
        step=run.name, status=status.value, target=run.target.key, output=masked,
    )  # fmt: skip
    return end_step(run, status, masked, event, ended_at=now)
