"""Plays a script: does each step once what it waits for is seen, tells of it, and knows what was left undone."""

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console

from chalicelib.domain.runs.records import Mode
from local.demo import breakage, drill
from local.demo.narration import Narrator
from local.demo.people import People, path_of, send, told_request
from local.demo.rest import ApiProblem
from local.demo.script import Ask, Crash, Expectation, RunSchedule, Script, Sight, Start, Step, StopWorkflow
from local.demo.views import View
from local.demo.watching import Look, Watch

if TYPE_CHECKING:
    from local.cloud import LocalCloud

_AFTER_THE_END_SECONDS = 20.0
_BETWEEN_SCHEDULES_SECONDS = 1.0
_SCHEDULE_LIMIT_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Followed:
    """A run that is followed; `expected` None: only that it is told truthfully."""

    mode: Mode
    watch: Watch
    expected: Expectation | None


class ScriptFailed(RuntimeError):
    """A step of the script came out otherwise than the scenario says."""


class Player:
    """Plays the script of one scenario on a cloud; `runs` are all runs by mode, in the order of their starts."""

    def __init__(self, script: Script, *, cloud: "LocalCloud", people: People, console: Console, plan_id: str) -> None:
        breakage.require_functions(cloud, script)
        self.runs: dict[Mode, Followed] = {}
        self._cloud, self._plan_id = cloud, plan_id
        self._tell = Narrator(console)
        self._people = people
        self._steps: deque[Step] = deque(script)
        self._seen_since: float | None = None
        self._ended_since: float | None = None
        self._told_crashes = 0

    @property
    def left(self) -> list[Step]:
        """The steps that were not done."""
        return list(self._steps)

    def prepare(self) -> None:
        """What is to be arranged before the run starts: the first steps, as far as they wait for nothing."""
        while self._steps and isinstance(step := self._steps[0], Crash) and step.when.is_empty:
            self._steps.popleft()
            self._tell.breaks(None, f"arranged: {breakage.arrange_crash(self._cloud, step)}", step.note)

    def act(self, run: Followed, look: Look, view: View) -> bool:
        """Does the next step if what it waits for is seen; True when it was done, so that the run looks otherwise."""
        self._tell_crashes(look)
        if not self._steps or not self._is_due(self._steps[0].when, run, look):
            return False
        step = self._steps.popleft()
        self._seen_since = None
        self._do(step, run, look, view)
        return True

    def waits_on(self, run: Followed) -> bool:
        """Whether the next step may still come of this run, which has ended."""
        if not self._steps or self._steps[0].when.run not in {None, run.mode}:
            self._ended_since = None
            return False
        now = time.monotonic()
        self._ended_since = self._ended_since or now
        return now - self._ended_since < _AFTER_THE_END_SECONDS + self._steps[0].when.for_seconds

    def _is_due(self, when: Sight, run: Followed, look: Look) -> bool:
        if when.run not in {None, run.mode} or not when.is_seen(look.detail, run.watch.events):
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
            case Crash():
                self._tell.breaks(look, f"arranged: {breakage.arrange_crash(self._cloud, step)}", step.note)
            case StopWorkflow():
                name = breakage.stop_workflow(self._cloud, look.execution)
                self._tell.breaks(look, f"the state machine {name} is stopped from outside", step.note)
            case RunSchedule():
                self._tell.does(look, "schedule", f"{step.function} runs, ahead of its time", step.note)
                self._run_schedule(step, run, view)

    def _ask(self, step: Ask, look: Look, run: Followed) -> None:
        asked = self._run(step.run, run)
        # A look of the followed run would take its news from the view.
        detail = look.detail if asked is run else asked.watch.look().detail
        words = told_request(step, detail)
        self._tell.does(look, self._people.name(step.user), words, step.note)
        self._tell.sends(f"POST {path_of(step, detail)}", step.comment)
        try:
            statement = send(step, detail, self._people.client(step.user))
        except ApiProblem as problem:
            self._require_refusal(step.refusal, problem, words)
            return
        self._require_no_refusal(step.refusal, words)
        self._tell.answers(statement)

    def _start(self, step: Start, look: Look) -> None:
        words = f"start a {step.mode} of the plan"
        self._tell.does(look, self._people.name(step.user), words, step.note)
        self._tell.sends(f"POST /recovery-plans/{self._plan_id}/execute", step.reason)
        client = self._people.client(step.user)
        try:
            started = drill.start(client, self._plan_id, step.mode, reason=step.reason)
        except ApiProblem as problem:
            self._require_refusal(step.refusal, problem, words)
            return
        self._require_no_refusal(step.refusal, words)
        execution_id = started.execution.execution_id
        told = f"; cancelled for it: {', '.join(started.preempted)}" if started.preempted else ""
        self._tell.answers(f"{step.mode} {execution_id} is started{told}.")
        self.runs[step.mode] = Followed(mode=step.mode, watch=Watch(client, execution_id), expected=step.expect)

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
                raise ScriptFailed(f"{step.function} ran for {_SCHEDULE_LIMIT_SECONDS:g} s, and it was not enough.")
            time.sleep(_BETWEEN_SCHEDULES_SECONDS)

    def _run(self, mode: Mode | None, followed: Followed) -> Followed:
        return followed if mode is None else self.runs[mode]

    def _require_refusal(self, wanted: str, problem: ApiProblem, words: str) -> None:
        self._tell.refuses(str(problem))
        if problem.code != wanted:
            raise ScriptFailed(f"The request to {words} was refused, and should not have been: {problem}")

    def _require_no_refusal(self, wanted: str, words: str) -> None:
        if wanted:
            raise ScriptFailed(f"The request to {words} was accepted; it should have been refused with {wanted}.")

    def _tell_crashes(self, look: Look) -> None:
        happened = self._cloud.runtime.crashes.happened
        for crash in happened[self._told_crashes :]:
            self._tell.breaks(look, f"it happened: {breakage.told_crash(crash)}")
        self._told_crashes = len(happened)
