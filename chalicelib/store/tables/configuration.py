"""Tables of the configuration: protection groups, recovery plans, their unique names and the registers of places."""

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from ...domain.access.two_persons import FirstPerson
from ...domain.estate.accounts import ListedAccount, Place
from ...domain.estate.group_standing import GroupStanding, KeptGroup, UsingPlan
from ...domain.estate.groups import Impact, ProtectionGroup
from ...domain.estate.launch_settings import LaunchSettings
from ...domain.estate.registers import PlaceRegister, RegisteredGroup
from ...domain.plans.plan_standing import PlanStanding
from ...domain.plans.plans import (
    DRILL_QUEUE,
    ApprovalPolicy,
    CleanupPolicy,
    DrillSchedule,
    RecoveryPlan,
    ScheduledDrill,
    Wave,
)
from ...domain.runs.plan_runs import KeptPlan, PlanRuns
from ...domain.text import name_key
from ..records import Stored
from .base import IntegerAttribute, Table, ValueAttribute, table_name
from .estate import account_region


class GroupsByAccount(GlobalSecondaryIndex["ProtectionGroupItem"]):
    class Meta:
        index_name = "by_account"
        projection = AllProjection()

    account_id = UnicodeAttribute(hash_key=True)
    name_key = UnicodeAttribute(range_key=True)


class GroupsByKindName(GlobalSecondaryIndex["ProtectionGroupItem"]):
    class Meta:
        index_name = "by_kind_name"
        projection = AllProjection()

    kind = UnicodeAttribute(hash_key=True)
    name_key = UnicodeAttribute(range_key=True)


class GroupsByKindId(GlobalSecondaryIndex["ProtectionGroupItem"]):
    class Meta:
        index_name = "by_kind_id"
        projection = AllProjection()

    kind = UnicodeAttribute(hash_key=True)
    group_id = UnicodeAttribute(range_key=True)


class ProtectionGroupItem(Table):
    class Meta:
        table_name = table_name("protection-groups")

    group_id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute(default="GROUP")
    name = UnicodeAttribute()
    name_key = UnicodeAttribute()
    description = UnicodeAttribute(default="")
    account_id = UnicodeAttribute()
    region = UnicodeAttribute()
    source_server_ids = ValueAttribute[tuple[str, ...]](tuple[str, ...])
    tags = ValueAttribute[dict[str, str]](dict[str, str])
    impact_levels = ValueAttribute[dict[str, Impact]](dict[str, Impact])
    launch_defaults = ValueAttribute[LaunchSettings](LaunchSettings, null=True)
    version = IntegerAttribute()
    created_at = UTCDateTimeAttribute()
    created_by = UnicodeAttribute()
    updated_at = UTCDateTimeAttribute()
    updated_by = UnicodeAttribute()
    created_by_subject = UnicodeAttribute(null=True)
    updated_by_subject = UnicodeAttribute(null=True)
    standing = ValueAttribute[GroupStanding](GroupStanding, null=True)
    used_by = ValueAttribute[tuple[UsingPlan, ...]](tuple[UsingPlan, ...], null=True)
    by_account = GroupsByAccount()
    by_kind_name = GroupsByKindName()
    by_kind_id = GroupsByKindId()


GROUPS = Stored(
    ProtectionGroup,
    ProtectionGroupItem,
    made={"name_key": lambda group: name_key(group.name)},
    apart=("kind", "standing", "used_by"),
)


def kept_group(item: ProtectionGroupItem) -> KeptGroup:
    """A group with what is kept beside it."""
    standing = item.attribute_values.get("standing", GroupStanding())
    return KeptGroup(GROUPS.to_record(item), standing, item.used_by)


class PlansByKindName(GlobalSecondaryIndex["RecoveryPlanItem"]):
    class Meta:
        index_name = "by_kind_name"
        projection = AllProjection()

    kind = UnicodeAttribute(hash_key=True)
    name_key = UnicodeAttribute(range_key=True)


class PlansByKindId(GlobalSecondaryIndex["RecoveryPlanItem"]):
    class Meta:
        index_name = "by_kind_id"
        projection = AllProjection()

    kind = UnicodeAttribute(hash_key=True)
    plan_id = UnicodeAttribute(range_key=True)


class PlansByNextDrill(GlobalSecondaryIndex["RecoveryPlanItem"]):
    """Sparse: plans with a schedule; ``drill_queue`` is one constant."""

    class Meta:
        index_name = "by_next_drill"
        projection = AllProjection()

    drill_queue = UnicodeAttribute(hash_key=True)
    next_drill_at = UTCDateTimeAttribute(range_key=True)


class PlansByDrill(GlobalSecondaryIndex["RecoveryPlanItem"]):
    """All plans by their last completed drill, the oldest first."""

    class Meta:
        index_name = "by_kind_drill"
        projection = AllProjection()

    kind = UnicodeAttribute(hash_key=True)
    drill_key = UnicodeAttribute(range_key=True)


class _PlanTable(Table):
    """The content of a plan, which its current version and its snapshots share."""

    name = UnicodeAttribute()
    description = UnicodeAttribute(default="")
    owner = UnicodeAttribute(default="")
    rto_minutes = IntegerAttribute(null=True)
    priority = IntegerAttribute(null=True)
    rpo_minutes = IntegerAttribute(null=True)
    waves = ValueAttribute[tuple[Wave, ...]](tuple[Wave, ...])
    approval = ValueAttribute[ApprovalPolicy](ApprovalPolicy, default=ApprovalPolicy)
    notification_emails = ValueAttribute[tuple[str, ...]](tuple[str, ...])
    timeout_minutes = IntegerAttribute(null=True)
    cleanup = ValueAttribute[CleanupPolicy](CleanupPolicy)
    schedule = ValueAttribute[DrillSchedule](DrillSchedule, null=True)
    drill_target_days = IntegerAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    created_by = UnicodeAttribute()
    updated_at = UTCDateTimeAttribute()
    updated_by = UnicodeAttribute()
    created_by_subject = UnicodeAttribute(null=True)
    updated_by_subject = UnicodeAttribute(null=True)


class RecoveryPlanItem(_PlanTable):
    """The current version of each plan."""

    class Meta:
        table_name = table_name("recovery-plans")

    plan_id = UnicodeAttribute(hash_key=True)
    version = IntegerAttribute()
    kind = UnicodeAttribute(default="PLAN")
    name_key = UnicodeAttribute()
    drill_queue = UnicodeAttribute(null=True)
    next_drill_at = UTCDateTimeAttribute(null=True)
    last_drill = ValueAttribute[ScheduledDrill](ScheduledDrill, null=True)
    first_person = ValueAttribute[FirstPerson](FirstPerson, null=True)
    drill_key = UnicodeAttribute(null=True)
    latest_execution_id = UnicodeAttribute(null=True)
    runs = ValueAttribute[PlanRuns](PlanRuns, null=True)
    standing = ValueAttribute[PlanStanding](PlanStanding, null=True)
    by_kind_name = PlansByKindName()
    by_kind_drill = PlansByDrill()
    by_kind_id = PlansByKindId()
    by_next_drill = PlansByNextDrill()


PLANS = Stored(
    RecoveryPlan,
    RecoveryPlanItem,
    made={
        "name_key": lambda plan: name_key(plan.name),
        "drill_queue": lambda plan: DRILL_QUEUE if plan.next_drill_at else None,
    },
    apart=("kind", "drill_key", "latest_execution_id", "runs", "standing"),
)


def kept_plan(item: RecoveryPlanItem) -> KeptPlan:
    """A plan with what is kept beside it."""
    return KeptPlan(PLANS.to_record(item), item.standing, item.runs, item.latest_execution_id or "")


class PlanVersionItem(_PlanTable):
    """Immutable snapshots that executions refer to."""

    class Meta:
        table_name = table_name("plan-versions")

    plan_id = UnicodeAttribute(hash_key=True)
    version = IntegerAttribute(range_key=True)


PLAN_VERSIONS = Stored(RecoveryPlan, PlanVersionItem, unstored=("next_drill_at", "last_drill", "first_person"))
"""Scheduled drills create no versions, so only the current version has the next and the last drill."""


GROUP_NAMES = "group-name"
PLAN_NAMES = "plan-name"
ACCOUNT_NAMES = "account-name"
ACCOUNTS = "account"
REGISTERS = "place"
APPLIES = "launch-settings"
RUNNING_SYNCS = "running-sync"
NEWEST_SYNCS = "newest-sync"
"""Scopes of ``unique-names``. Those of idempotency keys begin with ``idempotency#``."""


class UniqueNameItem(Table):
    """One item for each thing that may exist once: a name, an idempotency key, the register of a place, a running sync.

    ``holder`` is the id of a name's or key's holder, when a running or the newest sync of a kind has begun (absent if
    no sync of the kind is known), or the caller that applies the launch settings of a group. Only idempotency keys have
    a ``fingerprint``. Keys, running syncs and such callers expire; ``expires_at`` is the time to live in epoch seconds.
    Only registers have ``place``, ``version`` and ``groups``, and only numbers of accounts have ``listed``.
    """

    class Meta:
        table_name = table_name("unique-names")

    scope = UnicodeAttribute(hash_key=True)
    name_key = UnicodeAttribute(range_key=True)
    holder = UnicodeAttribute(null=True)
    fingerprint = UnicodeAttribute(null=True)
    expires_at = IntegerAttribute(null=True)
    place = ValueAttribute[Place](Place, null=True)
    version = IntegerAttribute(null=True)
    groups = ValueAttribute[dict[str, RegisteredGroup]](dict[str, RegisteredGroup], null=True)
    listed = ValueAttribute[ListedAccount](ListedAccount, null=True)


PLACE_REGISTERS = Stored(
    PlaceRegister,
    UniqueNameItem,
    made={"scope": lambda _: REGISTERS, "name_key": lambda register: account_region(register.place)},
    apart=("holder", "fingerprint", "expires_at", "listed"),
)
