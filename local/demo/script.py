"""The script of a scenario as data: what people do and what breaks, and when; does nothing itself."""

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from typing import Any, Literal, TypeAlias

import msgspec

from chalicelib.domain.afterwards.failback import FailbackState, Outcome
from chalicelib.domain.runs.events import EventKind
from chalicelib.domain.runs.records import ExecutionStatus, Mode, TimelineEvent, WaveStatus
from chalicelib.operations.runs import ExecutionDetail
from local.users import ROLES


class Sight(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A condition on a run; all of it must be true at the same time, for `forSeconds`.

    A condition without fields is always true. `run` is the name of a run, empty for the followed one. `status` is the
    status of `wave`, which is its name in the plan. `event` is a kind of event on the timeline, of `wave` if that is
    given.
    """

    run: str = ""
    execution: ExecutionStatus | None = None
    wave: str = ""
    status: WaveStatus | None = None
    event: EventKind | None = None
    for_seconds: float = 0.0

    @property
    def is_empty(self) -> bool:
        return self.execution is None and self.status is None and self.event is None

    def is_seen(self, detail: ExecutionDetail, events: Collection[TimelineEvent]) -> bool:
        """Whether the condition is true now; does not consider `forSeconds`."""
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
    """The expected result of a run: waves by name, servers by hostname.

    Waves that are not named must be COMPLETED at the first attempt. `events` are kinds of events that the timeline has
    in this order, with others between them. `launches` is how often DRS launches a server, if not once for each server
    that is sent to it. `instances` is how many are left in EC2, by default one for each server that launched.
    `failed_back`: every server that launched was failed back to its origin and is protected again.
    """

    outcome: ExecutionStatus
    waves: dict[str, WaveStatus] = {}
    attempts: dict[str, int] = {}
    failed_servers: tuple[str, ...] = ()
    events: tuple[EventKind, ...] = ()
    launches: dict[str, int] = {}
    instances: int | None = None
    failed_back: bool = False


class Request(StrEnum):
    """A request about a run."""

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


class FailbackRequest(StrEnum):
    """A request about the failback of the servers of a run. PROTECT reverses the replication of what runs at home."""

    REVERSE = "REVERSE"
    START = "START"
    STOP = "STOP"
    PROTECT = "PROTECT"


class _Step(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True, tag_field="type"):
    """A step that is done once, when `when` is true; `note` is printed beside it and explains it."""

    when: Sight = Sight()
    note: str = ""


class Ask(_Step, frozen=True, tag="ASK"):
    """The user of a role sends a request; `refusal` is the error code that the API must answer with, if any."""

    user: str
    request: Request
    run: str = ""
    wave: str = ""
    comment: str = ""
    refusal: str = ""


class Start(_Step, frozen=True, tag="START"):
    """The user of a role starts another run, with an expected result or an expected refusal.

    `plan` is the name of the plan to run, if it is not that of the first run. Its name is its mode if it has no other.
    With `replaceInstances` the start gives the plan's name in that field, so that the run may replace the instances of
    earlier recoveries.
    """

    user: str
    mode: Mode
    reason: str
    name: str = ""
    plan: str = ""
    replace_instances: bool = False
    expect: Expectation | None = None
    refusal: str = ""


class CheckInstances(_Step, frozen=True, tag="CHECK_INSTANCES"):
    """EC2 itself is asked how many instances of a run exist; any other number than `instances` ends the script."""

    run: str
    instances: int


class Crash(_Step, frozen=True, tag="CRASH"):
    """A function crashes at its next call of an operation, before or after AWS processes the call."""

    function: str
    service: str
    operation: str
    moment: Literal["before", "after"]


class StopWorkflow(_Step, frozen=True, tag="STOP_WORKFLOW"):
    """The state machine of the run is stopped from outside, as if Step Functions had lost it."""


class RunSchedule(_Step, frozen=True, tag="RUN_SCHEDULE"):
    """A scheduled function is run ahead of its schedule, again and again until `until` is true."""

    function: str
    until: Sight


class Failback(_Step, frozen=True, tag="FAILBACK"):
    """The user of a role sends a request about the failback of all servers of the run.

    It is sent again until each server has the `outcome`; a REFUSED one is required at once. Then `until` is awaited.
    """

    user: str
    request: FailbackRequest
    outcome: Outcome = Outcome.STARTED
    until: FailbackState | None = None


class ApplySettings(_Step, frozen=True, tag="APPLY_SETTINGS"):
    """Before the run: the user of a role applies the launch settings of the plan's groups."""

    user: str


class CheckSettings(_Step, frozen=True, tag="CHECK_SETTINGS"):
    """Before the run: the user of a role checks the plan's groups for drift.

    These fields by hostname, and no others, must have drifted; groups and preflight must show the same.
    """

    user: str
    differs: dict[str, tuple[str, ...]] = {}


class EditSettings(_Step, frozen=True, tag="EDIT_SETTINGS"):
    """Before the run: someone edits a server in AWS, past the platform.

    `launch_configuration` are parameters of UpdateLaunchConfiguration in DRS, `launch_template` the LaunchTemplateData
    of another default version in EC2.
    """

    hostname: str
    launch_configuration: dict[str, Any] = {}
    launch_template: dict[str, Any] = {}


class CheckLaunched(_Step, frozen=True, tag="CHECK_LAUNCHED"):
    """EC2 itself is asked for the instance types of servers by hostname; any other type ends the script."""

    instance_types: dict[str, str]


class OtherJobs(_Step, frozen=True, tag="OTHER_JOBS"):
    """Before the run: another team launches servers, each in a job of its own that goes on until a step ends it."""

    account_id: str
    region: str
    jobs: int


class EndOtherJobs(_Step, frozen=True, tag="END_OTHER_JOBS"):
    """So many jobs of the other team end."""

    jobs: int


class CheckWaits(_Step, frozen=True, tag="CHECK_WAITS"):
    """The API is asked what the servers of a run wait for, until the answer has this text; it is printed."""

    run: str
    text: str


class CheckOrder(_Step, frozen=True, tag="CHECK_ORDER"):
    """DRS itself is asked for the first job of each run; any other order ends the script."""

    runs: tuple[str, ...]


QuotaStep: TypeAlias = OtherJobs | EndOtherJobs | CheckWaits | CheckOrder
SettingsStep: TypeAlias = ApplySettings | CheckSettings | EditSettings
Step: TypeAlias = (
    Ask
    | Start
    | CheckInstances
    | Crash
    | StopWorkflow
    | RunSchedule
    | Failback
    | SettingsStep
    | CheckLaunched
    | QuotaStep
)
Script: TypeAlias = tuple[Step, ...]


def script_problems(
    script: Script, *, first: Mode, waves: Collection[str], plans: Collection[str] = ()
) -> Mapping[str, str]:
    """Problems by field that the types cannot exclude: unknown names, and steps that contradict each other."""
    return dict(_problems(script, first, waves, plans))


def _problems(script: Script, first: Mode, waves: Collection[str], plans: Collection[str]) -> Iterator[tuple[str, str]]:
    runs = {str(first)}
    for index, step in enumerate(script):
        place = f"script[{index}]"
        yield from _sight_problems(step.when, f"{place}.when", runs, waves)
        if isinstance(step, SettingsStep | OtherJobs):
            yield from _settings_problems(step, index, script)
        match step:
            case Ask():
                yield from _user_problems(step.user, place)
                yield from _ask_problems(step, place, runs, waves)
            case Start():
                yield from _user_problems(step.user, place)
                yield from _start_problems(step, place, runs, plans)
                runs |= set() if step.refusal else {name_of(step)}
            case CheckInstances() | CheckWaits() | CheckOrder():
                for run in step.runs if isinstance(step, CheckOrder) else (step.run,):
                    yield from _run_problems(run, f"{place}.run", runs)
            case Failback() | ApplySettings() | CheckSettings():
                yield from _user_problems(step.user, place)
            case RunSchedule():
                yield from _sight_problems(step.until, f"{place}.until", runs, waves)
                if step.until.is_empty:
                    yield (
                        f"{place}.until",
                        "must name an execution, a status or an event, otherwise there is nothing to wait for",
                    )
            case _:
                pass


def is_before_the_run(step: Step) -> bool:
    """Whether a step at the start of the script is done before the run starts."""
    return step.when.is_empty and isinstance(step, Crash | SettingsStep | OtherJobs)


def _settings_problems(step: SettingsStep | OtherJobs, index: int, script: Script) -> Iterator[tuple[str, str]]:
    if not step.when.is_empty:
        yield f"script[{index}].when", "must be left out for a step that is done before the run"
    elif not all(map(is_before_the_run, script[:index])):
        yield f"script[{index}].type", "must be before all steps that are done while the plan runs"


def _run_problems(run: str, field: str, runs: Collection[str]) -> Iterator[tuple[str, str]]:
    if run and run not in runs:
        yield field, f"no {run} is started before this step"


def _sight_problems(
    sight: Sight, place: str, runs: Collection[str], waves: Collection[str]
) -> Iterator[tuple[str, str]]:
    yield from _run_problems(sight.run, f"{place}.run", runs)
    yield from _wave_problems(sight.wave, f"{place}.wave", waves, needed=sight.status is not None)


def _user_problems(user: str, place: str) -> Iterator[tuple[str, str]]:
    if user not in ROLES:
        yield f"{place}.user", f"must be one of {', '.join(ROLES)}, not {user!r}"


def _ask_problems(step: Ask, place: str, runs: Collection[str], waves: Collection[str]) -> Iterator[tuple[str, str]]:
    yield from _run_problems(step.run, f"{place}.run", runs)
    yield from _wave_problems(step.wave, f"{place}.wave", waves, needed=step.request.is_of_a_wave)
    if step.request is Request.SKIP and not step.comment:
        yield f"{place}.comment", "must say why the wave is skipped"


def name_of(step: Start) -> str:
    """The name of the run that a step starts."""
    return step.name or step.mode.value


def _start_problems(
    step: Start, place: str, runs: Collection[str], plans: Collection[str]
) -> Iterator[tuple[str, str]]:
    if step.plan and step.plan not in plans:
        yield f"{place}.plan", f"there is no plan {step.plan!r}; the plans are: {', '.join(plans)}"
    if step.refusal:
        if step.expect is not None:
            yield f"{place}.expect", "must be left out for a start that is refused"
    elif name_of(step) in runs:
        field = "name" if step.name else "mode"
        yield f"{place}.{field}", f"there is a {name_of(step)} already; give this run a `name` of its own"
    elif step.expect is None:
        yield f"{place}.expect", "is required: the expected result of the run"


def _wave_problems(wave: str, field: str, waves: Collection[str], *, needed: bool) -> Iterator[tuple[str, str]]:
    if wave and wave not in waves:
        yield field, f"there is no wave {wave!r} in the plan; its waves are: {', '.join(waves)}"
    if needed and not wave:
        yield field, f"must name a wave of the plan: {', '.join(waves)}"
