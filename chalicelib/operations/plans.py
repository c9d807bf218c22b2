"""Operations on recovery plans: their versions, the instances of their servers and their scheduled drills."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from ..domain.access.permissions import Permission
from ..domain.estate.accounts import Place
from ..domain.estate.group_standing import ServersReady
from ..domain.estate.servers import Readiness
from ..domain.launches.forecast import Forecast
from ..domain.limits import Id, OptionalId, Owner, Short, Version
from ..domain.notices.subscriptions import EmailSubscription
from ..domain.pages import Page
from ..domain.plans.drill_schedule import DrillForecast, forecast_drills
from ..domain.plans.plan_standing import PlanSort
from ..domain.plans.plans import PlanContent, RecoveryPlan
from ..domain.runs.existing_instances import ExistingInstance
from ..domain.runs.plan_runs import MOST_RECENT, RunMark
from ..domain.runs.records import Execution
from .declaration import Deleted, Nothing, Operation, PageRequest, Request, Side


class PlanId(Request, frozen=True, kw_only=True):
    plan_id: Id


class DeleteRecoveryPlan(PlanId, frozen=True, kw_only=True):
    """``version`` is the version that was seen; 0 deletes whichever there is."""

    version: Version = 0


class ListPlanVersions(PageRequest, frozen=True, kw_only=True):
    plan_id: Id


class CreateRecoveryPlan(PlanContent, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    idempotency_key: str = ""


class UpdateRecoveryPlan(PlanContent, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """The complete new content. ``version`` is the version that the change is based on."""

    plan_id: Id
    version: Version


class ListPlans(PageRequest, frozen=True, kw_only=True):
    """``q`` is the beginning of the name. ``accountId`` and ``region`` find the plans that recover there.

    ``readiness`` is the worst of a plan's servers. With filters, a page may have fewer plans than ``limit``, and even
    none, and yet a ``nextCursor``. ``recentRuns`` is how many of its latest runs each plan is shown with.
    """

    account_id: OptionalId = ""
    region: OptionalId = ""
    owner: Owner = ""
    q: Short = ""
    readiness: Readiness | None = None
    drill_overdue: bool | None = None
    sort: PlanSort = PlanSort.NAME
    recent_runs: Annotated[int, msgspec.Meta(ge=0, le=MOST_RECENT)] = 0


class PlanSummary(msgspec.Struct, frozen=True, rename="camel"):
    """A plan with its last execution as it is now, and with what the sync of the inventory keeps of it.

    ``places`` is null, and so is ``servers``, as long as they were not found out and counted. ``runningExecutionId`` is
    that of ``lastExecution`` if it has not ended. ``lastRtoSeconds`` is from the start to the end of ``lastSuccess``,
    the last completed drill or recovery, pauses included.
    """

    plan: RecoveryPlan
    last_execution: Execution | None
    running_execution_id: str
    places: tuple[Place, ...] | None
    servers: ServersReady | None
    last_drill_at: datetime | None
    overdue_from: datetime
    drill_overdue: bool
    last_success: RunMark | None
    last_rto_seconds: int | None
    recent_runs: list[RunMark]


class PlanDetail(RecoveryPlan, frozen=True, rename="camel", kw_only=True):
    """A plan with the state of each of its e-mail subscriptions, and what its schedule means."""

    notifications: list[EmailSubscription] = []
    drill_forecast: DrillForecast | None = None


def plan_detail(plan: RecoveryPlan, notifications: list[EmailSubscription], now: datetime) -> PlanDetail:
    """The plan with the states of its subscriptions and its next drills."""
    forecast = forecast_drills(plan.schedule, now) if plan.schedule else None
    return PlanDetail(**msgspec.structs.asdict(plan), notifications=notifications, drill_forecast=forecast)


class PlanForecast(Forecast, frozen=True, rename="camel", kw_only=True):
    """The forecast of a recovery of the plan's current version that starts now.

    ``leftOutCount`` are servers that could not launch, as the inventory shows them; it is as of ``inventorySeenAt``.
    """

    plan_id: str
    plan_version: int
    left_out_count: int
    inventory_seen_at: datetime | None

    @classmethod
    def of(
        cls,
        forecast: Forecast,
        *,
        plan_id: str,
        plan_version: int,
        left_out_count: int,
        inventory_seen_at: datetime | None,
    ) -> "PlanForecast":
        return cls(
            **{name: getattr(forecast, name) for name in Forecast.__struct_fields__},
            plan_id=plan_id,
            plan_version=plan_version,
            left_out_count=left_out_count,
            inventory_seen_at=inventory_seen_at,
        )


class PlanInstance(ExistingInstance, frozen=True, rename="camel", kw_only=True):
    """An existing instance of one of the plan's servers; ``ageSeconds`` is null if EC2 and DRS show no age."""

    wave_number: int
    hostname: str
    age_seconds: int | None


class PlanInstances(msgspec.Struct, frozen=True, rename="camel"):
    """The instances that the plan's servers have. ``problems`` say what could not be read, so that some may be missing.

    A drill is refused for every server that has an instance with a mode other than DRILL.
    """

    plan_id: str
    checked_at: datetime
    items: list[PlanInstance]
    problems: list[str]


class DrillReport(msgspec.Struct, frozen=True, rename="camel"):
    """One run of the scheduled drills, by plan: executions started, and why others were skipped or failed."""

    due: int
    started: dict[str, str]
    skipped: dict[str, str]
    failures: dict[str, str]


_PLAN: dict[str, Any] = {
    "name": "Storefront",
    "owner": "shop-team@example.com",
    "rtoMinutes": 60,
    "waves": [
        {"number": 1, "name": "Databases", "protectionGroupIds": ["pg-01J0000000000000000000000A"]},
        {
            "number": 2,
            "name": "Web servers",
            "protectionGroupIds": ["pg-01J0000000000000000000000B"],
            "dependsOn": [1],
            "onFailure": "PAUSE",
        },
    ],
}

OPERATIONS = (
    Operation(
        name="list_recovery_plans",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ListPlans,
        response=Page[PlanSummary],
        summary="Recovery plans with their places, servers by readiness, last drill and runs, by name or last drill.",
    ),
    Operation(
        name="get_recovery_plan",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=PlanId,
        response=PlanDetail,
        summary="The current version of a recovery plan.",
    ),
    Operation(
        name="list_plan_versions",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ListPlanVersions,
        response=Page[RecoveryPlan],
        summary="All versions of a recovery plan, newest first.",
    ),
    Operation(
        name="get_plan_forecast",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=PlanId,
        response=PlanForecast,
        summary="How long a recovery of the plan would take, what determines it, and what changes would save.",
    ),
    Operation(
        name="get_existing_instances",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=PlanId,
        response=PlanInstances,
        summary="The instances that the servers of this plan have from earlier drills and recoveries.",
    ),
    Operation(
        name="create_recovery_plan",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.CREATE_PLANS,
        request=CreateRecoveryPlan,
        response=PlanDetail,
        summary="Create a recovery plan.",
        status=201,
        shown_by="list_recovery_plans",
        location="get_recovery_plan",
        example=_PLAN,
    ),
    Operation(
        name="update_recovery_plan",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.MODIFY_PLANS,
        request=UpdateRecoveryPlan,
        response=PlanDetail,
        summary="Save a new version of a recovery plan.",
        shown_by="get_recovery_plan",
        example={**_PLAN, "version": 1},
    ),
    Operation(
        name="delete_recovery_plan",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.DELETE_PLANS,
        request=DeleteRecoveryPlan,
        response=Deleted,
        summary="Delete a recovery plan that has no active execution.",
        shown_by="get_recovery_plan",
    ),
    Operation(
        name="start_due_drills",
        side=Side.EXECUTION,
        permission=Permission.RUN_SYNCS,
        request=Nothing,
        response=DrillReport,
        summary="Start the drills that are due by their plans' schedules. Runs every 5 minutes by schedule.",
    ),
)
