"""Plays the script of a scenario: does and prints each step as soon as its condition is met."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console

from chalicelib.domain.plans.plans import RecoveryPlan
from chalicelib.domain.text import count_of
from local.demo import breakage, drill, failback
from local.demo.launch_settings import SettingsSteps
from local.demo.narration import Narrator
from local.demo.people import People, describe_request, path_of, send
from local.demo.quotas import QuotaSteps
from local.demo.rest import ApiProblem
from local.demo.script import (
    ApplySettings,
    Ask,
    CheckInstances,
    CheckLaunched,
    CheckOrder,
    CheckSettings,
    CheckWaits,
    Crash,
    EditSettings,
    EndOtherJobs,
    Expectation,
    Failback,
    OtherJobs,
    RunSchedule,
    Script,
    Sight,
    Start,
    Step,
    StopWorkflow,
    is_before_the_run,
    name_of,
)
from local.demo.views import View
from local.demo.watching import Look, Watch

if TYPE_CHECKING:
    from local.cloud import LocalCloud

_AFTER_THE_END_SECONDS = 20.0
_BETWEEN_SCHEDULES_SECONDS = 1.0
_SCHEDULE_LIMIT_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Followed:
    """A run that is followed, by its name in the script.

    `expected` None: only the truth of what it reports is checked.
    """

    name: str
    watch: Watch
    expected: Expectation | None


class ScriptFailed(RuntimeError):
    """A step of the script had another result than the scenario expects."""


class Player:
    """Plays the script of a scenario. `runs` are all runs by name, in the order of their starts."""

    def __init__(
        self,
        script: Script,
        *,
        cloud: "LocalCloud",
        people: People,
        console: Console,
        plans: Sequence[RecoveryPlan],
        count_instances: Callable[[str], int],
    ) -> None:
        breakage.require_functions(cloud, script)
        self.runs: dict[str, Followed] = {}
        self._cloud, self._count_instances = cloud, count_instances
        self._plans = {"": plans[0], **{plan.name: plan for plan in plans}}
        self._narrator = Narrator(console)
        self._people = people
        self._settings = SettingsSteps(cloud, people, plans[0], self._narrator)
        self._quotas = QuotaSteps(cloud, self._narrator)
        self._steps: deque[Step] = deque(script)
        self._seen_since: float | None = None
        self._ended_since: float | None = None
        self._printed_crashes = 0

    @property
    def left(self) -> list[Step]:
        """The steps that have not been done."""
        return list(self._steps)

    def prepare(self) -> None:
        """Does the steps at the start of the script that come before the run."""
        while self._steps and is_before_the_run(self._steps[0]):
            match step := self._steps.popleft():
                case Crash():
                    self._narrator.breaks(None, f"planned: {breakage.arrange_crash(self._cloud, step)}", step.note)
                case ApplySettings() | CheckSettings() | EditSettings():
                    self._settings.play(step)
                case OtherJobs():
                    self._quotas.take(step)
                case _:
                    pass

    def act(self, run: Followed, look: Look, view: View) -> bool:
        """Does the next step if its condition is met; returns True if so, because the run may have changed."""
        self._print_crashes(look)
        if not self._steps or not self._is_due(self._steps[0].when, run, look):
            return False
        step = self._steps.popleft()
        self._seen_since = None
        self._do(step, run, look, view)
        return True

    def waits_on(self, run: Followed) -> bool:
        """Whether the condition of the next step may still be met by this run, which has ended."""
        if not self._steps or self._steps[0].when.run not in {"", run.name}:
            self._ended_since = None
            return False
        now = time.monotonic()
        self._ended_since = self._ended_since or now
        return now - self._ended_since < _AFTER_THE_END_SECONDS + self._steps[0].when.for_seconds

    def _is_due(self, when: Sight, run: Followed, look: Look) -> bool:
        if when.run not in {"", run.name} or not when.is_seen(look.detail, run.watch.events):
            self._seen_since = None
            return False
        now = time.monotonic()
        self._seen_since = self._seen_since or now
        return now - self._seen_since >= when.for_seconds

    def _do(self, step: Step, run: Followed, look: Look, view: View) -> None:
        match step:
            case Ask():
                self._ask(step, look, run)
            case Start():
                self._start(step, look)
            case CheckInstances():
                self._check_instances(step, look, run)
            case CheckLaunched():
                self._settings.check_launched(step, look)
            case Crash():
                self._narrator.breaks(look, f"planned: {breakage.arrange_crash(self._cloud, step)}", step.note)
            case StopWorkflow():
                name = breakage.stop_workflow(self._cloud, look.execution)
                self._narrator.breaks(look, f"the state machine {name} is stopped from outside", step.note)
            case EndOtherJobs() | CheckWaits() | CheckOrder():
                self._quotas.play(step, look, {name: each.watch for name, each in self.runs.items()})
            case Failback():
                self._fail_back(step, run, look, view)
            case RunSchedule():
                self._narrator.does(look, "schedule", f"{step.function} is run ahead of its schedule", step.note)
                self._run_schedule(step, run, view)

    def _ask(self, step: Ask, look: Look, run: Followed) -> None:
        target = self._run(step.run, run)
        # Another look at the followed run would hide its new events from the view.
        detail = look.detail if target is run else target.watch.look().detail
        action = describe_request(step, detail)
        self._narrator.does(look, self._people.name(step.user), action, step.note)
        self._narrator.sends(f"POST {path_of(step, detail)}", step.comment)
        try:
            statement = send(step, detail, self._people.client(step.user))
        except ApiProblem as problem:
            self._require_refusal(step.refusal, problem, action)
            return
        self._require_no_refusal(step.refusal, action)
        self._narrator.answers(statement)

    def _start(self, step: Start, look: Look) -> None:
        replaces = " that replaces the earlier instances" if step.replace_instances else ""
        plan = self._plans[step.plan]
        which = f"'{plan.name}'" if step.plan else "the plan"
        action = f"start a {step.mode} of {which}{replaces}"
        self._narrator.does(look, self._people.name(step.user), action, step.note)
        self._narrator.sends(f"POST /recovery-plans/{plan.plan_id}/execute", step.reason)
        client = self._people.client(step.user)
        try:
            named = plan.name if step.replace_instances else ""
            started = drill.start(client, plan.plan_id, step.mode, reason=step.reason, replace_instances=named)
        except ApiProblem as problem:
            self._require_refusal(step.refusal, problem, action)
            return
        self._require_no_refusal(step.refusal, action)
        execution_id = started.execution.execution_id
        preempted = f" It cancelled {', '.join(started.preempted)}." if started.preempted else ""
        self._narrator.answers(f"{step.mode} {execution_id} is started.{preempted}")
        name = name_of(step)
        self.runs[name] = Followed(name=name, watch=Watch(client, execution_id), expected=step.expect)

    def _check_instances(self, step: CheckInstances, look: Look, run: Followed) -> None:
        execution_id = self._run(step.run, run).watch.execution_id
        found = self._count_instances(execution_id)
        what = f"EC2 has {count_of(found, 'instance')} of {step.run or run.name} {execution_id}"
        self._narrator.does(look, "check", what, step.note)
        if found != step.instances:
            raise ScriptFailed(f"{what}, but it should have {step.instances}.")

    def _fail_back(self, step: Failback, run: Followed, look: Look, view: View) -> None:
        failback.play(
            step,
            look,
            actor=self._people.name(step.user),
            client=self._people.client(step.user),
            narrator=self._narrator,
            idle=lambda: view.show(run.watch.look()),
        )

    def _run_schedule(self, step: RunSchedule, run: Followed, view: View) -> None:
        watched = self._run(step.until.run, run)
        limit = time.monotonic() + _SCHEDULE_LIMIT_SECONDS
        while True:
            breakage.run_schedule(self._cloud, step)
            look = watched.watch.look()
            view.show(look)
            if step.until.is_seen(look.detail, watched.watch.events):
                return
            if time.monotonic() > limit:
                raise ScriptFailed(
                    f"{step.function} was run for {_SCHEDULE_LIMIT_SECONDS:g} s, but `until` was never true."
                )
            time.sleep(_BETWEEN_SCHEDULES_SECONDS)

    def _run(self, name: str, followed: Followed) -> Followed:
        return self.runs[name] if name else followed

    def _require_refusal(self, wanted: str, problem: ApiProblem, action: str) -> None:
        self._narrator.refuses(str(problem))
        if problem.code != wanted:
            expected = f"should have been refused with {wanted}" if wanted else "should have been accepted"
            raise ScriptFailed(f"The request to {action} {expected}, but was refused: {problem}")

    def _require_no_refusal(self, wanted: str, action: str) -> None:
        if wanted:
            raise ScriptFailed(f"The request to {action} should have been refused with {wanted}, but was accepted.")

    def _print_crashes(self, look: Look) -> None:
        happened = self._cloud.runtime.crashes.happened
        for crash in happened[self._printed_crashes :]:
            self._narrator.breaks(look, f"happened: {breakage.describe_crash(crash)}")
        self._printed_crashes = len(happened)
