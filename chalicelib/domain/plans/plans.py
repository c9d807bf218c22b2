"""Recovery plans: waves of protection groups that depend on each other, and the rules for plans."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from ..access.two_persons import FirstPerson
from ..errors import FieldProblem
from ..limits import MAX_WAVE_GROUPS, MAX_WAVES, Id, Name, Owner, Short, Text, Word, from_to
from ..notices.addresses import MAX_ADDRESSES, address_problems
from ..text import name_problems, plain_name
from .graph import find_cycle
from .steps import Phase, Step, WaveSteps, step_problems

MAX_PLAN_BYTES = 350_000
"""A plan is one item, and DynamoDB allows 400 kB for an item."""

MAX_DELAY_SECONDS = 86_400
MAX_TIMEOUT_MINUTES = 1_440
MAX_APPROVAL_MINUTES = 43_200
MAX_PLAN_MINUTES = 525_600
MAX_DRILL_TARGET_DAYS = 3_650
LEAST_URGENT = 5
DEFAULT_PRIORITY = 3
"""A plan's priority is 1, the most urgent, to 5. It counts where recoveries of several plans wait for one place."""

DEFAULT_TIMEOUT_MINUTES = 1_440

DRILL_QUEUE = "DRILLS"
"""First key of the sparse index of plans that have a next drill."""


class OnFailure(StrEnum):
    """What follows a failed wave: no new wave starts, its dependents start, or an operator decides."""

    STOP = "STOP"
    CONTINUE = "CONTINUE"
    PAUSE = "PAUSE"


class ApprovalPolicy(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """With ``twoPerson``, the person who started a RECOVERY cannot approve its waves.

    If no approval is given within ``timeoutMinutes``, the execution is paused.
    """

    two_person: bool = False
    timeout_minutes: Annotated[int, from_to(1, MAX_APPROVAL_MINUTES)] = 1_440


class CleanupPolicy(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Minutes after its end until a DRILL's instances are terminated; null keeps them.

    The instances of a RECOVERY are never terminated by a policy.
    """

    on_success_minutes: Annotated[int, from_to(0, MAX_PLAN_MINUTES)] | None = None
    on_failure_minutes: Annotated[int, from_to(0, MAX_PLAN_MINUTES)] | None = None


class Blackout(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A time without scheduled drills: ``start`` to ``end``, or weekly on ``weekdays`` (MON … SUN).

    ``fromTime`` and ``toTime`` are HH:MM in the schedule's time zone; a window that ends before it begins ends the
    next day.
    """

    start: datetime | None = None
    end: datetime | None = None
    weekdays: Annotated[tuple[Word, ...], msgspec.Meta(max_length=7)] = ()
    from_time: Word = "00:00"
    to_time: Word = "24:00"


class DrillSchedule(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """When drills start automatically: a five-field cron expression, read in an IANA time zone."""

    cron: Short
    time_zone: Word = "UTC"
    blackouts: Annotated[tuple[Blackout, ...], msgspec.Meta(max_length=100)] = ()


class ScheduledDrill(msgspec.Struct, frozen=True, rename="camel"):
    """The outcome of the last drill that was due: STARTED, or SKIPPED with the reason."""

    due_at: datetime
    outcome: str
    reason: str
    execution_id: str = ""


class Wave(msgspec.Struct, frozen=True, rename="camel"):
    """One wave of a plan, with ``depends_on`` always given; durations are in the unit of their name.

    ``min_success_percent`` None: failed OPTIONAL servers do not fail the wave. A number: at least that share of all its
    servers must launch.
    """

    number: int
    name: str
    group_ids: tuple[str, ...] = msgspec.field(name="protectionGroupIds")
    depends_on: tuple[int, ...] = ()
    delay_seconds: int = 0
    on_failure: OnFailure = OnFailure.STOP
    min_success_percent: int | None = None
    timeout_minutes: int = 120
    approval_required: bool = False
    pre_actions: tuple[Step, ...] = ()
    post_actions: tuple[Step, ...] = ()
    validations: tuple[Step, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.pre_actions + self.post_actions + self.validations


class RecoveryPlan(msgspec.Struct, frozen=True, rename="camel"):
    """One version of a plan. Targets are in minutes; None if no target was agreed. ``priority`` 1 is the most urgent.

    ``timeoutMinutes`` is the time limit of a whole execution, not counting pauses; None for none. A drill should be
    completed at least every ``drillTargetDays``; None: as often as the installation's default says. ``nextDrillAt``,
    ``lastDrill`` and ``firstPerson`` belong to the current version only. ``firstPerson`` has asked for a new version
    that weakens the approvals of a plan that demands two persons. The subjects are those of verified persons.
    """

    plan_id: str
    version: int
    name: str
    description: str
    owner: str
    rto_minutes: int | None
    rpo_minutes: int | None
    waves: tuple[Wave, ...]
    approval: ApprovalPolicy
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    timeout_minutes: int | None = DEFAULT_TIMEOUT_MINUTES
    cleanup: CleanupPolicy = CleanupPolicy()
    schedule: DrillSchedule | None = None
    priority: int = DEFAULT_PRIORITY
    next_drill_at: datetime | None = None
    last_drill: ScheduledDrill | None = None
    notification_emails: tuple[str, ...] = ()
    created_by_subject: str = ""
    updated_by_subject: str = ""
    first_person: FirstPerson | None = None
    drill_target_days: int | None = None

    @property
    def group_ids(self) -> tuple[str, ...]:
        return tuple(group_id for wave in self.waves for group_id in wave.group_ids)


class WaveContent(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A wave as the caller writes it; without ``dependsOn`` it depends on the previous wave."""

    number: Annotated[int, from_to(1, MAX_WAVES)]
    name: Name
    group_ids: Annotated[tuple[Id, ...], msgspec.Meta(max_length=MAX_WAVE_GROUPS)] = msgspec.field(
        name="protectionGroupIds"
    )
    depends_on: Annotated[tuple[int, ...], msgspec.Meta(max_length=MAX_WAVES)] | None = None
    delay_seconds: Annotated[int, from_to(0, MAX_DELAY_SECONDS)] = 0
    on_failure: OnFailure = OnFailure.STOP
    min_success_percent: Annotated[int, from_to(0, 100)] | None = None
    timeout_minutes: Annotated[int, from_to(1, MAX_TIMEOUT_MINUTES)] = 120
    approval_required: bool = False
    pre_actions: WaveSteps = ()
    post_actions: WaveSteps = ()
    validations: WaveSteps = ()

    def complete(self) -> Wave:
        """The wave with its default dependency filled in."""
        previous = (self.number - 1,) if self.number > 1 else ()
        return Wave(
            number=self.number,
            name=plain_name(self.name),
            group_ids=self.group_ids,
            depends_on=previous if self.depends_on is None else tuple(sorted(self.depends_on)),
            delay_seconds=self.delay_seconds,
            on_failure=self.on_failure,
            min_success_percent=self.min_success_percent,
            timeout_minutes=self.timeout_minutes,
            approval_required=self.approval_required,
            pre_actions=self.pre_actions,
            post_actions=self.post_actions,
            validations=self.validations,
        )


class PlanContent(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What a user may change of a plan; each save makes a new version."""

    name: Name
    waves: Annotated[tuple[WaveContent, ...], msgspec.Meta(max_length=MAX_WAVES)]
    description: Text = ""
    owner: Owner = ""
    rto_minutes: Annotated[int, from_to(1, MAX_PLAN_MINUTES)] | None = None
    rpo_minutes: Annotated[int, from_to(1, MAX_PLAN_MINUTES)] | None = None
    approval: ApprovalPolicy = ApprovalPolicy()
    timeout_minutes: Annotated[int, from_to(1, MAX_PLAN_MINUTES)] | None = DEFAULT_TIMEOUT_MINUTES
    cleanup: CleanupPolicy = CleanupPolicy()
    schedule: DrillSchedule | None = None
    priority: Annotated[int, from_to(1, LEAST_URGENT)] = DEFAULT_PRIORITY
    notification_emails: Annotated[tuple[Short, ...], msgspec.Meta(max_length=MAX_ADDRESSES)] = ()
    drill_target_days: Annotated[int, from_to(1, MAX_DRILL_TARGET_DAYS)] | None = None


def plan_problems(content: PlanContent, existing_group_ids: Iterable[str]) -> list[FieldProblem]:
    """Everything wrong with a plan, each problem with its field.

    ``existing_group_ids`` are the ids of those groups of the plan that exist.
    """
    problems = name_problems(content.name)
    problems += _limit("rtoMinutes", content.rto_minutes, 1, MAX_PLAN_MINUTES)
    problems += _limit("rpoMinutes", content.rpo_minutes, 1, MAX_PLAN_MINUTES)
    problems += address_problems("notificationEmails", content.notification_emails)
    problems += _limit("approval.timeoutMinutes", content.approval.timeout_minutes, 1, MAX_APPROVAL_MINUTES)
    problems += _limit("priority", content.priority, 1, LEAST_URGENT)
    problems += _limit("timeoutMinutes", content.timeout_minutes, 1, MAX_PLAN_MINUTES)
    problems += _limit("cleanup.onSuccessMinutes", content.cleanup.on_success_minutes, 0, MAX_PLAN_MINUTES)
    problems += _limit("cleanup.onFailureMinutes", content.cleanup.on_failure_minutes, 0, MAX_PLAN_MINUTES)
    problems += _limit("drillTargetDays", content.drill_target_days, 1, MAX_DRILL_TARGET_DAYS)
    if not content.waves:
        problems.append(FieldProblem("waves", "must have at least one wave"))
    numbers = [wave.number for wave in content.waves]
    if sorted(numbers) != list(range(1, len(numbers) + 1)):
        problems.append(
            FieldProblem("waves", f"wave numbers must be 1, 2, 3 … without gaps or repeats; they are {numbers}")
        )
    for index, wave in enumerate(content.waves):
        problems += _wave_problems(f"waves[{index}]", wave, set(numbers))
    problems += _size_problems(content)
    problems += _group_problems(content.waves, set(existing_group_ids))
    cycle = find_cycle({wave.number: _needs_of_others(wave) for wave in content.waves})
    if cycle:
        way = " → ".join(str(number) for number in cycle)
        problems.append(FieldProblem("waves", f"the dependencies form a cycle: {way}; remove one of them"))
    return problems


def _size_problems(content: PlanContent) -> list[FieldProblem]:
    """Whether the plan fits into its record."""
    size = len(msgspec.json.encode(content))
    if size <= MAX_PLAN_BYTES:
        return []
    return [
        FieldProblem("waves", f"the plan has {size:,} bytes; at most {MAX_PLAN_BYTES:,} are allowed, so shorten it")
    ]


def _needs_of_others(wave: WaveContent) -> list[int]:
    """The waves that this one depends on, without itself; that problem is reported with its own field."""
    return [needed for needed in wave.complete().depends_on if needed != wave.number]


def _wave_problems(path: str, wave: WaveContent, numbers: set[int]) -> list[FieldProblem]:
    problems = [FieldProblem(f"{path}.name", problem.message) for problem in name_problems(wave.name)]
    problems += _limit(f"{path}.delaySeconds", wave.delay_seconds, 0, MAX_DELAY_SECONDS)
    problems += _limit(f"{path}.timeoutMinutes", wave.timeout_minutes, 1, MAX_TIMEOUT_MINUTES)
    problems += _limit(f"{path}.minSuccessPercent", wave.min_success_percent, 0, 100)
    problems += step_problems(
        path,
        {
            Phase.PRE_ACTION: wave.pre_actions,
            Phase.POST_ACTION: wave.post_actions,
            Phase.VALIDATION: wave.validations,
        },
    )
    if not wave.group_ids:
        problems.append(FieldProblem(f"{path}.protectionGroupIds", "name at least one protection group"))
    for position, needed in enumerate(wave.depends_on or ()):
        if needed == wave.number:
            problems.append(FieldProblem(f"{path}.dependsOn[{position}]", "a wave cannot depend on itself"))
        elif needed not in numbers:
            problems.append(FieldProblem(f"{path}.dependsOn[{position}]", f"wave {needed} does not exist"))
    return problems


def _group_problems(waves: Sequence[WaveContent], existing: set[str]) -> list[FieldProblem]:
    problems = []
    taken: dict[str, int] = {}
    for index, wave in enumerate(waves):
        for position, group_id in enumerate(wave.group_ids):
            field = f"waves[{index}].protectionGroupIds[{position}]"
            if group_id not in existing:
                problems.append(FieldProblem(field, f"the protection group '{group_id}' does not exist"))
            if group_id in taken:
                problems.append(
                    FieldProblem(
                        field,
                        f"the group '{group_id}' is already in wave {taken[group_id]}; a group can be in only one wave",
                    )
                )
            taken.setdefault(group_id, wave.number)
    return problems


def _limit(field: str, value: int | None, low: int, high: int) -> list[FieldProblem]:
    if value is None or low <= value <= high:
        return []
    return [FieldProblem(field, f"must be from {low} to {high}; it is {value}")]
