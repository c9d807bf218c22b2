"""Reads of a running execution that screens repeat: its timeline, its servers, its steps and its instances."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from ..domain.access.permissions import Permission
from ..domain.estate.groups import Impact
from ..domain.limits import Id, Moment, OptionalId, Short, WaveNumber
from ..domain.pages import Page
from ..domain.plans.steps import Phase
from ..domain.runs.events import EventKind
from ..domain.runs.records import ServerRun, ServerStatus, TimelineEvent
from ..domain.runs.waiting import OpenDecision
from ..domain.steps.step_runs import StepStatus
from .declaration import Operation, PageRequest, Side

MAX_STATES = 1_000
"""The most servers in a page of their states."""


class ListExecutionEvents(PageRequest, frozen=True, kw_only=True):
    """In time order, or with ``newestFirst`` in reverse order.

    ``after`` is the id of a line: only later ones are listed. ``peopleOnly`` lists what people have done.
    """

    execution_id: Id
    newest_first: bool = False
    after: OptionalId = ""
    kind: EventKind | None = None
    wave_number: WaveNumber | None = None
    people_only: bool = False


class EventPage(msgspec.Struct, frozen=True, rename="camel"):
    """One page of a timeline; ``nextCursor`` is null on the last.

    Send ``nextAfter`` as ``after`` to get what is new later. Lines of the last minute are sent again then, because a
    line may be written a little after a line with a later time; the ids of lines tell which are new.
    """

    items: list[TimelineEvent]
    next_cursor: str | None
    next_after: str


class ListExecutionServers(PageRequest, frozen=True, kw_only=True):
    """By wave and id, or with ``changedAfter`` those that have changed since, oldest change first.

    ``q`` is a part of the host name or an id of the server or its instance, whatever its case. A page may have fewer
    servers than ``limit``, and even none, and yet a ``nextCursor``.
    """

    execution_id: Id
    wave_number: WaveNumber | None = None
    status: ServerStatus | None = None
    account_id: OptionalId = ""
    region: OptionalId = ""
    impact: Impact | None = None
    q: Short = ""
    changed_after: Moment | None = None


class ServerPage(msgspec.Struct, frozen=True, rename="camel"):
    """One page of servers; ``nextCursor`` is null on the last.

    Send ``nextChangedAfter`` of the first page as ``changedAfter`` to get later what has changed. Changes of the last
    minute are sent again then, because one may be written a little after another with a later time.
    """

    items: list[ServerRun]
    next_cursor: str | None
    next_changed_after: datetime


class ListServerStates(PageRequest, frozen=True, kw_only=True):
    """By wave and id. A page has room for more servers than those of other lists."""

    execution_id: Id
    wave_number: WaveNumber | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_STATES)] = MAX_STATES


class ServerState(msgspec.Struct, frozen=True, rename="camel"):
    """One server in a few words."""

    source_server_id: str
    hostname: str
    wave_number: int
    status: ServerStatus


class ServerStatePage(msgspec.Struct, frozen=True, rename="camel"):
    """One page of states; ``nextCursor`` is null on the last. ``nextChangedAfter`` is as in a page of servers."""

    items: list[ServerState]
    next_cursor: str | None
    next_changed_after: datetime


class ListExecutionSteps(PageRequest, frozen=True, kw_only=True):
    """By wave, attempt, phase and order. Steps that have not been started are in the plan only."""

    execution_id: Id
    wave_number: WaveNumber | None = None


class ExecutionStep(msgspec.Struct, frozen=True, rename="camel"):
    """An action or validation for one target in one attempt of a wave.

    ``kind`` is that of the plan, empty for steps that were started before it was recorded. ``target`` is the recovery
    instance or the account and Region for which it runs; empty if it runs once for the wave. ``waiting`` is why AWS has
    not taken it yet. ``output`` is its output, or why it failed.
    """

    wave_number: int
    attempt: int
    phase: Phase
    order: int
    name: str
    kind: str
    status: StepStatus
    target: str
    target_name: str
    source_server_id: str
    external_id: str
    started_at: datetime
    ended_at: datetime | None
    output: str
    waiting: str


class ExecutionStepPage(msgspec.Struct, frozen=True, rename="camel"):
    """One page of steps; ``nextCursor`` is null on the last."""

    items: list[ExecutionStep]
    next_cursor: str | None


class ListExecutionInstances(PageRequest, frozen=True, kw_only=True):
    execution_id: Id
    wave_number: WaveNumber | None = None


class InstanceState(StrEnum):
    """States in addition to those of EC2 (RUNNING, STOPPED and others), which are passed on from EC2.

    NOT_FOUND: EC2 does not show the instance any more. UNKNOWN: its account and Region could not be read.
    """

    TERMINATED = "TERMINATED"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN = "UNKNOWN"


class ExecutionInstance(msgspec.Struct, frozen=True, rename="camel"):
    """One recovery instance. ``launchedAt`` is when the end of its launch was seen.

    ``privateAddress``, ``instanceType`` and ``startedAt``, when it was last started, are from EC2; empty if EC2 does
    not show it.
    """

    wave_number: int
    source_server_id: str
    hostname: str
    account_id: str
    region: str
    recovery_instance_id: str
    state: str
    private_address: str
    instance_type: str
    started_at: datetime | None
    job_id: str
    launched_at: datetime | None
    terminated_at: datetime | None
    termination_error: str


class ExecutionInstances(msgspec.Struct, frozen=True, rename="camel"):
    """One page. It covers ``limit`` servers of the execution; servers without an instance are left out.

    ``problems`` are accounts and Regions that could not be read.
    """

    items: list[ExecutionInstance]
    next_cursor: str | None
    problems: list[str]


class ListOpenDecisions(PageRequest, frozen=True, kw_only=True):
    """Oldest first."""


class DecisionToMake(OpenDecision, frozen=True, rename="camel", kw_only=True):
    """An open decision. ``allowed`` is whether the caller has the permission for it, and ``reason`` says why."""

    allowed: bool
    reason: str


OPERATIONS = (
    Operation(
        name="list_execution_servers",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ListExecutionServers,
        response=ServerPage,
        summary="The servers of an execution, by wave, or those that have changed since a time.",
    ),
    Operation(
        name="list_server_states",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ListServerStates,
        response=ServerStatePage,
        summary="The states of up to 1,000 servers of an execution in one page.",
    ),
    Operation(
        name="list_execution_events",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ListExecutionEvents,
        response=EventPage,
        summary="The timeline of an execution, or what is new in it.",
    ),
    Operation(
        name="list_execution_steps",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ListExecutionSteps,
        response=ExecutionStepPage,
        summary="The actions and validations of an execution that were started, with their results.",
    ),
    Operation(
        name="list_execution_instances",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ListExecutionInstances,
        response=ExecutionInstances,
        summary="The recovery instances of an execution, with their current state in DRS.",
    ),
    Operation(
        name="list_open_decisions",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ListOpenDecisions,
        response=Page[DecisionToMake],
        summary="The waves of all executions that wait for an approval or, failed, for a decision; oldest first.",
    ),
)
