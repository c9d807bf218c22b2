"""Operations on the preflight of a plan: what is stored of it, its servers, and checking again."""

from datetime import datetime
from enum import StrEnum

import msgspec

from ..domain.access.permissions import Permission
from ..domain.estate.recovery_points import LATEST
from ..domain.estate.servers import Readiness
from ..domain.limits import Id, WaveNumber, Word
from ..domain.runs.preflight_checks import PlaceProgress, PreflightCheck, PreflightState
from ..domain.runs.preflight_results import PreflightResult, ServerVerdict
from ..domain.runs.records import Mode
from .declaration import Operation, PageRequest, Request, Side


class GetPlanPreflight(Request, frozen=True, kw_only=True):
    """Without ``mode``, the mode that was checked last."""

    plan_id: Id
    mode: Mode | None = None


class ListPreflightServers(PageRequest, frozen=True, kw_only=True):
    """Without ``mode``, the mode that was checked last. With filters, a page may have fewer servers than ``limit``."""

    plan_id: Id
    mode: Mode | None = None
    readiness: Readiness | None = None
    code: Word = ""
    wave_number: WaveNumber | None = None


class RefreshPlanPreflight(Request, frozen=True, kw_only=True):
    """The check of a start in this mode and from this point in time (LATEST or a time)."""

    plan_id: Id
    mode: Mode = Mode.DRILL
    point_in_time: Word = LATEST


class RunPlanPreflight(Request, frozen=True, kw_only=True):
    """The check that is to be carried out."""

    plan_id: Id
    mode: Mode
    check_id: Id


class ShownCheck(msgspec.Struct, frozen=True, rename="camel"):
    """The newest check of a plan. ``problem`` is why it failed; ``progress`` has every account and Region."""

    check_id: str
    point_in_time: datetime | None
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    problem: str
    progress: tuple[PlaceProgress, ...]

    @classmethod
    def of(cls, check: PreflightCheck) -> "ShownCheck":
        return cls(
            check.check_id,
            check.point_in_time,
            check.started_at,
            check.started_by,
            check.ended_at,
            check.problem,
            check.progress,
        )


class ShownResult(PreflightResult, frozen=True, rename="camel", kw_only=True):
    """The last result; ``planChanged``: the plan has been saved since, so that it may no longer be true."""

    plan_changed: bool

    @classmethod
    def of(cls, result: PreflightResult, current_version: int) -> "ShownResult":
        return cls(**msgspec.structs.asdict(result), plan_changed=result.plan_version != current_version)


class PlanPreflight(msgspec.Struct, frozen=True, rename="camel"):
    """The newest check of a plan in one mode, and the last result, which may be of an earlier check.

    ``statement`` says in words how they stand. ``planVersion`` is the current version of the plan. A start never relies
    on a stored result: it checks by itself.
    """

    plan_id: str
    plan_version: int
    mode: Mode
    state: PreflightState
    statement: str
    check: ShownCheck | None
    result: ShownResult | None


class PreflightServers(msgspec.Struct, frozen=True, rename="camel"):
    """One page of the servers of the last result, the worst first. All pages are of the check of the first one.

    ``checkId`` is empty if there is no result.
    """

    check_id: str
    items: list[ServerVerdict]
    next_cursor: str | None


class AcceptedPreflight(msgspec.Struct, frozen=True, rename="camel"):
    """The check that runs now. ``joined``: it was running already, and the request began no other."""

    plan_id: str
    mode: Mode
    check_id: str
    started_at: datetime
    joined: bool


class RunOutcome(StrEnum):
    """NOT_RUN: the check runs already, has ended, or another one has taken its place."""

    ENDED = "ENDED"
    FAILED = "FAILED"
    NOT_RUN = "NOT_RUN"


class PreflightRun(msgspec.Struct, frozen=True, rename="camel"):
    """How a check ended that was carried out."""

    check_id: str
    outcome: RunOutcome
    reason: str = ""


OPERATIONS = (
    Operation(
        name="get_plan_preflight",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=GetPlanPreflight,
        response=PlanPreflight,
        summary="What the last check of a plan found, how a check that runs now stands, and what a start would do.",
    ),
    Operation(
        name="list_preflight_servers",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ListPreflightServers,
        response=PreflightServers,
        summary="The verdict of the last check for each server of a plan, the worst first.",
    ),
    Operation(
        name="refresh_plan_preflight",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.VIEW,
        request=RefreshPlanPreflight,
        response=AcceptedPreflight,
        summary="Check a plan again, or join the check that runs. Starts nothing and is answered at once.",
        status=202,
        shown_by="get_plan_preflight",
        location="get_plan_preflight",
        example={"mode": "DRILL", "pointInTime": "LATEST"},
    ),
    Operation(
        name="run_plan_preflight",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.VIEW,
        request=RunPlanPreflight,
        response=PreflightRun,
        summary="Carry out a check that was asked for. refresh_plan_preflight invokes it.",
    ),
)
