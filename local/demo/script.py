"""The script of a scenario: what people do, and what breaks, once something is seen. Values only; nothing acts here."""

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from typing import Literal, TypeAlias

import msgspec

from chalicelib.domain.runs.events import EventKind
from chalicelib.domain.runs.records import ExecutionStatus, Mode, TimelineEvent, WaveStatus
from chalicelib.operations.runs import ExecutionDetail
from local.users import ROLES


class Sight(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """What must be seen of a run, all of it at once and for `forSeconds`; with nothing in it: at once.

    `run` None is the run that is being followed. `status` is that of `wave`, which is named as in the plan; `event` is
    on the timeline already, of that wave if one is named.
    """

    run: Mode | None = None
    execution: ExecutionStatus | None = None
    wave: str = ""
    status: WaveStatus | None = None
    event: EventKind | None = None
    for_seconds: float = 0.0

    @property
    def is_empty(self) -> bool:
        return self.execution is None and self.status is None and self.event is None

    def is_seen(self, detail: ExecutionDetail, events: Collection[TimelineEvent]) -> bool:
        """Whether the run shows it at this moment; says nothing of `forSeconds`."""
        waves = {wave.name: wave for wave in detail.waves}
        if self.execution is not None and detail.execution.status is not self.execution:
            return False
        if self.status is not None and waves[self.wave].status is not self.status:
            return False
        number = waves[self.wave].wave_number if self.wave else None
        return self.event is None or any(
            event.kind == self.event and number in (None, event.wave_number) for event in events
        )


class Expectation(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """What a run has to come to: waves by name (COMPLETED at the first attempt unless told), servers by hostname.

    `events` are kinds that the timeline shows in this order, with others between them. `launches` is how often DRS
    launched a server, where that is not once for each that was sent to it; `instances` how many are left in EC2, by
    default one for each server that launched.
    """

    outcome: ExecutionStatus
    waves: dict[str, WaveStatus] = {}
    attempts: dict[str, int] = {}
    failed_servers: tuple[str, ...] = ()
    events: tuple[EventKind, ...] = ()
    launches: dict[str, int] = {}
    instances: int | None = None


class Request(StrEnum):
    """What somebody asks the API to do with a run."""

    PAUSE = "PAUSE"
    RESUME = "RESUME"
    CANCEL = "CANCEL"
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    RETRY = "RETRY"
    SKIP = "SKIP"
    TERMINATE = "TERMINATE"

    @property
    def is_of_a_wave(self) -> bool:
        return self in {Request.APPROVE, Request.REJECT, Request.RETRY, Request.SKIP}


class _Step(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True, tag_field="type"):
    """Waits for `when`, then is done once; `note` says why, for whoever reads along."""

    when: Sight = Sight()
    note: str = ""


class Ask(_Step, frozen=True, tag="ASK"):
    """The user of a role asks the API for something; `refusal` is the code of the error that must be the answer."""

    user: str
    request: Request
    run: Mode | None = None
    wave: str = ""
    comment: str = ""
    refusal: str = ""


class Start(_Step, frozen=True, tag="START"):
    """The user of a role starts another run of the plan, which has to come to `expect`; or is refused."""

    user: str
    mode: Mode
    reason: str
    expect: Expectation | None = None
    refusal: str = ""


class Crash(_Step, frozen=True, tag="CRASH"):
    """A function will die at its next call of an operation, before AWS sees it or after AWS has acted."""

    function: str
    service: str
    operation: str
    moment: Literal["before", "after"]


class StopWorkflow(_Step, frozen=True, tag="STOP_WORKFLOW"):
    """The state machine of the run is ended from outside, as if Step Functions had lost it."""


class RunSchedule(_Step, frozen=True, tag="RUN_SCHEDULE"):
    """A scheduled function is run ahead of its time, again and again until something is seen."""

    function: str
    until: Sight


Step: TypeAlias = Ask | Start | Crash | StopWorkflow | RunSchedule
Script: TypeAlias = tuple[Step, ...]


def script_problems(script: Script, *, first: Mode, waves: Collection[str]) -> Mapping[str, str]:
    """What no type can tell, by field: names that do not exist, and steps that make no sense."""
    return dict(_problems(script, first, waves))


def _problems(script: Script, first: Mode, waves: Collection[str]) -> Iterator[tuple[str, str]]:
    runs = {first}
    for index, step in enumerate(script):
        place = f"script[{index}]"
        yield from _sight_problems(step.when, f"{place}.when", runs, waves)
        match step:
            case Ask():
                yield from _user_problems(step.user, place)
                yield from _ask_problems(step, place, runs, waves)
            case Start():
                yield from _user_problems(step.user, place)
                yield from _start_problems(step, place, runs)
                runs |= set() if step.refusal else {step.mode}
            case RunSchedule():
                yield from _sight_problems(step.until, f"{place}.until", runs, waves)
                if step.until.is_empty:
                    yield f"{place}.until", "must name an execution, a status or an event: it would never end"
            case _:
                pass


def _sight_problems(
    sight: Sight, place: str, runs: Collection[Mode], waves: Collection[str]
) -> Iterator[tuple[str, str]]:
    if sight.run is not None and sight.run not in runs:
        yield f"{place}.run", f"no {sight.run} has been started by then"
    yield from _wave_problems(sight.wave, f"{place}.wave", waves, needed=sight.status is not None)


def _user_problems(user: str, place: str) -> Iterator[tuple[str, str]]:
    if user not in ROLES:
        yield f"{place}.user", f"must be one of {', '.join(ROLES)}, not {user!r}"


def _ask_problems(step: Ask, place: str, runs: Collection[Mode], waves: Collection[str]) -> Iterator[tuple[str, str]]:
    if step.run is not None and step.run not in runs:
        yield f"{place}.run", f"no {step.run} has been started by then"
    yield from _wave_problems(step.wave, f"{place}.wave", waves, needed=step.request.is_of_a_wave)
    if step.request is Request.SKIP and not step.comment:
        yield f"{place}.comment", "must say why the wave is skipped"


def _start_problems(step: Start, place: str, runs: Collection[Mode]) -> Iterator[tuple[str, str]]:
    if step.refusal:
        if step.expect is not None:
            yield f"{place}.expect", "makes no sense for a start that is refused"
    elif step.mode in runs:
        yield f"{place}.mode", f"there is a {step.mode} already; a script has one run of each mode"
    elif step.expect is None:
        yield f"{place}.expect", "is required: what the run has to come to"


def _wave_problems(wave: str, field: str, waves: Collection[str], *, needed: bool) -> Iterator[tuple[str, str]]:
    if wave and wave not in waves:
        yield field, f"there is no wave {wave!r} in the plan; there are: {', '.join(waves)}"
    if needed and not wave:
        yield field, f"must name a wave of the plan: {', '.join(waves)}"
