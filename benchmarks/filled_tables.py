"""Fills the tables of a local cloud with an estate and its history, and not through their API."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from pynamodb.models import Model

from benchmarks.audit_history import fill_audit_log
from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.group_standing import GroupStanding, UsingPlan, count_ready
from chalicelib.domain.estate.groups import ProtectionGroup
from chalicelib.domain.estate.holdings import holdings_of
from chalicelib.domain.estate.inventory import InventoryRow, RegionState, complete_sighting
from chalicelib.domain.estate.registers import PlaceRegister, registered
from chalicelib.domain.estate.servers import OperatingSystem, Readiness, SourceServer
from chalicelib.domain.plans.plan_standing import PlanStanding, drill_order
from chalicelib.domain.plans.plans import ApprovalPolicy, RecoveryPlan, Wave
from chalicelib.domain.runs.counts import ServerCounts
from chalicelib.domain.runs.plan_runs import PlanRuns, with_runs
from chalicelib.domain.runs.records import Execution, ExecutionStatus, Mode
from chalicelib.store.tables.configuration import GROUPS, PLACE_REGISTERS, PLANS
from chalicelib.store.tables.estate import REGION_SIGHTINGS, item_of
from chalicelib.store.tables.runs import EXECUTIONS
from local.cloud import HUB_ACCOUNT, HUB_REGION
from local.dynamodb.catalogue import find_table
from local.dynamodb.storage import Record
from local.dynamodb.values import stored_item

PLACES = (Place("222233334444", "us-east-1"), Place("333344445555", "us-west-2"))
NOW = datetime.now(UTC).replace(microsecond=0)
_HISTORY = timedelta(days=400)
_SAVED: dict[str, Any] = {"created_at": NOW, "created_by": "ada", "updated_at": NOW, "updated_by": "ada"}


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """How many records of each kind there are."""

    executions: int
    groups: int
    plans: int
    servers: int
    audit_keys: int


def fill(sizes: Sizes) -> None:
    """Fills the tables. Records of a smaller estate that was filled in before are among those of a larger one."""
    servers = [_server(number) for number in range(sizes.servers)]
    groups = [_group(number, servers[number :: sizes.groups]) for number in range(sizes.groups)]
    plans = [_plan(number, groups[number :: sizes.plans]) for number in range(sizes.plans)]
    runs = [_execution(number, sizes.executions, plans[number % len(plans)]) for number in range(sizes.executions)]
    users = {group.group_id: plan for plan in plans for group in groups if group.group_id in plan.group_ids}
    for place in PLACES:
        here = [server for server in servers if server.place == place]
        _put([REGION_SIGHTINGS.to_item(complete_sighting(place, RegionState.ACTIVE, here, NOW))])
        register = _register(place, groups, users)
        _put([PLACE_REGISTERS.to_item(register)])
        holdings = holdings_of(here, register)
        _put(item_of(InventoryRow(server, holdings[server.source_server_id])) for server in here)
    _put(_group_item(group, users.get(group.group_id)) for group in groups)
    _put(EXECUTIONS.to_item(run) for run in runs)
    by_plan = {plan.plan_id: list(runs[number :: len(plans)]) for number, plan in enumerate(plans)}
    _put(_plan_item(plan, by_plan[plan.plan_id]) for plan in plans)
    fill_audit_log(sizes.audit_keys)


def _put(items: Iterable[Model]) -> None:
    for item in items:
        table = find_table(HUB_ACCOUNT, HUB_REGION, item.Meta.table_name)
        if table is None:
            raise LookupError(f"There is no table {item.Meta.table_name}.")
        record = Record.of(stored_item(item.to_dynamodb_dict()))
        table.write(table.own.find(record.item), record, NOW)


def id_of(kind: str, number: int) -> str:
    return f"{kind}-{number:026d}"


def _server(number: int) -> SourceServer:
    place = PLACES[number % len(PLACES)]
    return SourceServer(
        source_server_id=f"s-{number:017d}",
        account_id=place.account_id,
        region=place.region,
        hostname=f"host-{number:05d}",
        os=OperatingSystem.LINUX,
        replication_state="CONTINUOUS",
        lag_seconds=number % 60,
        tags={"Name": f"host-{number:05d}", "Application": f"app-{number % 100}"},
        seen_at=NOW,
    )


def _group(number: int, servers: list[SourceServer]) -> ProtectionGroup:
    place = PLACES[number % len(PLACES)]
    ids = tuple(server.source_server_id for server in servers if server.place == place)
    name = f"Group {number:05d}"
    return ProtectionGroup(
        id_of("pg", number), name, "", place.account_id, place.region, ids, {}, {}, version=1, **_SAVED
    )


def _group_item(group: ProtectionGroup, plan: RecoveryPlan | None) -> Model:
    counts = count_ready([Readiness.READY] * len(group.source_server_ids), NOW)
    users = (UsingPlan(plan.plan_id, plan.name),) if plan else ()
    return GROUPS.to_item(group, standing=GroupStanding(counts, {}), used_by=users)


def _register(place: Place, groups: Iterable[ProtectionGroup], users: Mapping[str, RecoveryPlan]) -> PlaceRegister:
    here = [group for group in groups if group.place == place]
    of_groups = {
        group.group_id: registered(group, [users[group.group_id].plan_id] if group.group_id in users else [])
        for group in here
    }
    return PlaceRegister(place, 1, of_groups)


def _plan(number: int, groups: list[ProtectionGroup]) -> RecoveryPlan:
    waves = tuple(Wave(wave, f"Wave {wave}", (group.group_id,)) for wave, group in enumerate(groups, start=1))
    known: dict[str, Any] = {"description": "", "owner": "shop", "rto_minutes": 60, "rpo_minutes": None}
    return RecoveryPlan(
        plan_id=id_of("plan", number),
        version=1,
        name=f"Plan {number:05d}",
        waves=waves,
        approval=ApprovalPolicy(),
        **known,
        **_SAVED,
    )


def _plan_item(plan: RecoveryPlan, executions: list[Execution]) -> Model:
    runs = with_runs(PlanRuns(), executions)
    standing = PlanStanding(PLACES, count_ready([Readiness.READY] * 8, NOW))
    latest = runs.recent[0].execution_id if runs.recent else None
    key = drill_order(plan, runs.last_drill_at)
    return PLANS.to_item(plan, standing=standing, runs=runs, drill_key=key, latest_execution_id=latest)


def _execution(number: int, of: int, plan: RecoveryPlan) -> Execution:
    started = NOW - _HISTORY * (number / of) - timedelta(hours=1)
    return Execution(
        execution_id=id_of("exec", number),
        plan_id=plan.plan_id,
        plan_version=1,
        plan_name=plan.name,
        mode=Mode.RECOVERY if number % 20 == 0 else Mode.DRILL,
        status=ExecutionStatus.FAILED if number % 7 == 0 else ExecutionStatus.COMPLETED,
        started_at=started,
        ended_at=started + timedelta(minutes=30),
        initiated_by="ada",
        wave_count=len(plan.waves),
        server_count=8,
        counts=ServerCounts(terminated=8),
        rto_minutes=60,
    )
