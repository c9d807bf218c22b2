"""The search: what is found by which beginning, where it stands, what it costs, and text that was made to break it."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.terms import TermKind
from chalicelib.domain.runs.leases import Lease, plan_lease_key
from chalicelib.domain.runs.records import Execution, ExecutionStatus
from chalicelib.ids import new_id
from chalicelib.management.estate.forgetting import forget_account
from chalicelib.store.reads.estate.terms import terms_of_place
from chalicelib.store.tables.configuration import RecoveryPlanItem
from chalicelib.store.tables.estate import SearchTermItem
from chalicelib.store.tables.runs import EXECUTIONS, LEASES, ExecutionItem, ServerLeaseItem
from chalicelib.store.writes.estate.terms import write_terms
from local.cloud import LocalCloud
from tests.observed import REST, calls_of
from tests.unit.domain.records import an_execution
from tests.waiting import eventually

from .conftest import EAST, REGION_OF, RestClient

Make = Callable[..., Any]
Find = Callable[[str], dict[str, Any]]
PLACE = Place(EAST, REGION_OF[EAST])


def just_now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def find(admin: RestClient) -> Find:
    """The parts of an answer by type."""

    def ask(q: str) -> dict[str, Any]:
        answer = admin.get("/search", q=q)
        assert answer.status == 200, answer.body
        assert [part["type"] for part in answer.body["results"]] == ["PLAN", "GROUP", "EXECUTION", "SERVER"]
        assert not any(part["problem"] for part in answer.body["results"])
        return {part["type"]: part for part in answer.body["results"]}

    return ask


@pytest.fixture
def ran() -> Iterator[Callable[..., Execution]]:
    """Stores executions until the test is over."""
    made: list[Execution] = []

    def store(**fields: Any) -> Execution:
        run = an_execution(
            **{"execution_id": new_id("exec"), "plan_id": new_id("plan"), "started_at": just_now(), **fields}
        )
        EXECUTIONS.to_item(run).save()
        made.append(run)
        return run

    yield store
    for run in made:
        ExecutionItem(execution_id=run.execution_id).delete()


def ids(part: dict[str, Any]) -> list[str]:
    return [item["id"] for item in part["items"]]


def test_plans_and_groups_are_found_by_name_and_id(find: Find, new_plan: Make, new_group: Make) -> None:
    name = f"Ärger{uuid.uuid4().hex[:8]}"
    group = new_group(name=f"{name} group")
    plan = new_plan([group["groupId"]], name=f"{name} plan")
    for q in (name, name.upper(), f"  {name.lower()} "):
        parts = find(q)
        assert (ids(parts["PLAN"]), ids(parts["GROUP"])) == ([plan["planId"]], [group["groupId"]])
    assert (ids(find(name[1:])["PLAN"]), ids(find(plan["planId"].lower())["GROUP"])) == ([], [])
    for kind, thing in (("PLAN", plan["planId"]), ("GROUP", group["groupId"])):
        for q in (thing, thing.lower(), thing[:-4]):
            (item,) = (item for item in find(q)[kind]["items"] if item["id"] == thing)
            assert item["matched"] == thing
    (shown,) = find(group["groupId"])["GROUP"]["items"]
    assert (shown["title"], shown["accountId"], shown["region"]) == (group["name"], EAST, REGION_OF[EAST])


def test_plans_groups_and_servers_are_found_by_a_later_word_of_their_name(
    find: Find, new_plan: Make, new_group: Make, new_name: Make, sync: Make, cloud: LocalCloud, admin: RestClient
) -> None:
    word = f"Ledger{uuid.uuid4().hex[:8]}"
    name = new_name()
    group = new_group(name=f"{name} {word}-db")
    plan = new_plan([group["groupId"]], name=f"{name}_{word} DR")
    cloud.emulator.add_source_server(EAST, REGION_OF[EAST], hostname=f"prod-{word}-01", replication_state="STOPPED")
    assert ids(find(word)["PLAN"]) == [], "before the sync"
    sync()
    parts = find(word.lower())
    assert [ids(parts["PLAN"]), ids(parts["GROUP"])] == [[plan["planId"]], [group["groupId"]]]
    assert parts["PLAN"]["items"][0]["matched"] == plan["name"]
    assert [item["title"] for item in parts["SERVER"]["items"]] == [f"prod-{word}-01"]
    content = {"name": f"{name} other", "waves": plan["waves"], "version": 1}
    assert admin("PUT", f"/recovery-plans/{plan['planId']}", content).status == 200
    assert ids(find(name)["PLAN"]) == [plan["planId"]], "a new name is found by its beginning at once"
    sync()
    assert ids(find(word)["PLAN"]) == []


def test_a_plan_that_an_execution_holds_names_it(find: Find, new_plan: Make) -> None:
    plan, execution_id = new_plan(), new_id("exec")
    key = plan_lease_key(plan["planId"])
    assert find(plan["planId"])["PLAN"]["items"][0]["state"] == "IDLE"
    LEASES.to_item(Lease(key, execution_id, just_now())).save()
    try:
        (shown,) = find(plan["planId"])["PLAN"]["items"]
    finally:
        ServerLeaseItem(key).delete()
    assert (shown["state"], shown["heldBy"]) == ("IN_USE", execution_id)


def test_executions_are_found_by_the_name_of_their_plan_and_by_id(find: Find, ran: Make) -> None:
    name = f"Shop{uuid.uuid4().hex[:8]}"
    failed = {"plan_name": name, "status": ExecutionStatus.FAILED}
    earlier = ran(**failed, started_at=just_now() - timedelta(minutes=3), outcome_reason="Wave 1 failed.")
    later = ran(**failed, started_at=just_now() - timedelta(minutes=1))
    part = find(name.lower())["EXECUTION"]
    assert ids(part) == [later.execution_id, earlier.execution_id]
    assert (part["items"][1]["state"], part["items"][1]["standing"]) == ("FAILED", "DRILL FAILED: Wave 1 failed.")
    for q in (later.execution_id, later.execution_id.lower(), later.execution_id[:-5]):
        assert later.execution_id in ids(find(q)["EXECUTION"])
    ExecutionItem(execution_id=later.execution_id).update([ExecutionItem.status.remove()])
    assert ids(find(name)["EXECUTION"]) == [earlier.execution_id]


def test_executions_are_found_by_a_later_word_in_the_name_of_their_plan(
    find: Find, ran: Make, new_plan: Make, new_name: Make, sync: Make, cloud: LocalCloud, admin: RestClient
) -> None:
    word = f"Ledger{uuid.uuid4().hex[:8]}"
    plan = new_plan(name=f"{new_name()} {word} DR")
    own = {"plan_id": plan["planId"], "status": ExecutionStatus.FAILED}
    runs = [
        ran(**own, plan_name=plan["name"], started_at=just_now() - timedelta(minutes=number)) for number in range(12)
    ]
    ran(**own, plan_name="Earlier name", started_at=just_now() + timedelta(seconds=1))
    assert ids(find(word)["EXECUTION"]) == [], "before the sync"
    sync()
    with calls_of(cloud, REST) as calls:
        part = find(word.lower())["EXECUTION"]
    assert sum(call.service == "dynamodb" and call.operation != "PutItem" for call in calls) <= 14
    assert ids(part) == [run.execution_id for run in runs[:10]]
    assert {item["matched"] for item in part["items"]} == {plan["name"]}
    ExecutionItem(execution_id=runs[0].execution_id).delete()
    assert ids(find(word)["EXECUTION"])[0] == runs[1].execution_id, "a run that was deleted since the sync"
    newest = ran(**own, plan_name=plan["name"])
    RecoveryPlanItem(plan_id=plan["planId"]).update([RecoveryPlanItem.latest_execution_id.set(newest.execution_id)])
    assert ids(find(word)["EXECUTION"])[0] == newest.execution_id, "a run that started since the sync"
    content = {"name": f"{new_name()} other", "waves": plan["waves"], "version": 1}
    assert admin("PUT", f"/recovery-plans/{plan['planId']}", content).status == 200
    sync()
    assert ids(find(word)["EXECUTION"]) == [], "no plan has this word any more"


def test_an_execution_that_took_long_to_start_is_found_by_its_id(find: Find, ran: Make) -> None:
    run = ran(started_at=datetime.now(UTC) - timedelta(minutes=14))
    assert ids(find(run.execution_id[:20])["EXECUTION"]) == [run.execution_id]


def test_servers_are_found_by_name_id_instance_and_address(
    admin: RestClient, find: Find, sync: Make, cloud: LocalCloud
) -> None:
    # DRS reports no addresses of some servers.
    start = f"Web{uuid.uuid4().hex[:8]}"
    for number in range(8):
        cloud.emulator.add_source_server(
            *(EAST, REGION_OF[EAST]),
            hostname=f"{start}-{number}.corp",
            origin_instance_id=f"i-{uuid.uuid4().hex[:17]}",
            replication_state="STOPPED",
        )
    sync()
    rows = admin.get("/drs/source-servers", q=start).body["items"]
    row = next(row for row in rows if row["privateAddresses"])
    (address, *_), instance, server_id = row["privateAddresses"], row["sourceInstanceId"], row["sourceServerId"]
    name = row["hostname"].removesuffix(".corp")
    for q in (name, name.upper(), server_id, server_id[:12], address, instance, instance[:12]):
        (item,) = (item for item in find(q)["SERVER"]["items"] if item["id"] == server_id)
        assert (item["title"], item["accountId"], item["region"]) == (f"{name}.corp", EAST, REGION_OF[EAST])
        assert item["state"] == row["replicationState"]
    assert server_id not in ids(find(f"{address}1")["SERVER"])


def test_a_server_is_found_by_its_recovery_instance(
    find: Find, sync: Make, invoke: Make, cloud: LocalCloud, new_servers: Make
) -> None:
    (server_id,) = new_servers(state="CONTINUOUS")
    sync()
    drs = cloud.client("drs", account=EAST, region=REGION_OF[EAST])
    drs.start_recovery(sourceServers=[{"sourceServerID": server_id}], isDrill=True)
    filters = {"sourceServerIDs": [server_id]}
    (instance,) = eventually(lambda: drs.describe_recovery_instances(filters=filters)["items"])
    invoke("data-management-handler", "handle_sync_recovery_instances")
    (item,) = find(instance["ec2InstanceID"])["SERVER"]["items"]
    assert (item["id"], item["matched"]) == (server_id, instance["ec2InstanceID"])
    assert "recovery instance" in item["standing"]
    drs.terminate_recovery_instances(recoveryInstanceIDs=[instance["recoveryInstanceID"]])
    eventually(lambda: not drs.describe_recovery_instances(filters=filters)["items"])
    invoke("data-management-handler", "handle_sync_recovery_instances")
    assert ids(find(instance["ec2InstanceID"])["SERVER"]) == []


def test_a_sync_repairs_terms_that_an_earlier_one_left_wrong(find: Find, sync: Make, new_servers: Make) -> None:
    (server_id,) = new_servers()
    sync()
    own = {term for term in terms_of_place(PLACE, TermKind.SERVER) if term.source_server_id == server_id}
    write_terms(PLACE, add=(), remove=own)
    (stale,) = {term for term in own if term.term == server_id}
    item = SearchTermItem(account_region=f"{EAST}#{REGION_OF[EAST]}", term_key=f"SERVER#gone#{server_id}")
    item.kind, item.term, item.source_server_id = TermKind.SERVER, "gone", server_id
    item.save()
    assert ids(find(server_id)["SERVER"]) == []
    sync()
    assert stale in terms_of_place(PLACE, TermKind.SERVER)
    assert {term for term in terms_of_place(PLACE, TermKind.SERVER) if term.source_server_id == server_id} == own


@pytest.mark.usefixtures("cloud")
def test_terms_of_a_removed_place_go_with_it() -> None:
    place = Place("600000000777", "eu-west-1")
    item = SearchTermItem(account_region=f"{place.account_id}#{place.region}", term_key="SERVER#web#s-1")
    item.kind, item.term, item.source_server_id = TermKind.SERVER, "web", "s-1"
    item.save()
    forget_account(place.account_id, [place.region])
    assert not terms_of_place(place, TermKind.SERVER)


def test_at_most_ten_of_a_type_are_shown_and_each_server_once(
    find: Find, ran: Make, sync: Make, cloud: LocalCloud
) -> None:
    start = f"many{uuid.uuid4().hex[:8]}"
    for number in range(11):
        ran(plan_name=start, started_at=just_now() - timedelta(days=number))
    cloud.emulator.add_source_server(
        EAST, REGION_OF[EAST], hostname=start, private_ip="10.9.9.9", replication_state="STOPPED"
    )
    sync()
    parts = find(start)
    assert (len(parts["EXECUTION"]["items"]), parts["EXECUTION"]["more"]) == (10, True)
    assert (len(parts["SERVER"]["items"]), parts["SERVER"]["more"], parts["PLAN"]["more"]) == (1, False, False)


@pytest.mark.parametrize("q", ["web", "i-0", "plan-01", "pg-01", "exec-01", "s-1"])
def test_a_search_costs_at_most_fourteen_calls(admin: RestClient, cloud: LocalCloud, q: str) -> None:
    with calls_of(cloud, REST) as calls:
        admin.get("/search", q=q)
    reads = [call for call in calls if call.service == "dynamodb" and call.operation != "PutItem"]
    assert 0 < len(reads) <= 14, [call.operation for call in reads]


IN_AN_ID = ["i-", "exec-", "exec-ZZZZZZZZZZ", "exec-7ZZZZZZZZZ", "exec-" + "0" * 26, "plan-\u0131", "s-" + "f" * 254]
LONG = ["\u0390" * 256, "\U0001f600" * 256, "a" * 256]


@pytest.mark.parametrize("q", ["%", "*", "#", "..", "' OR 1=1 --", "\u202egnp", *IN_AN_ID, *LONG])
def test_hostile_text_finds_nothing_and_breaks_nothing(find: Find, q: str) -> None:
    find(q)


@pytest.mark.parametrize("q", [" ", "\u0000", "\u00a0\t", "x" * 257, ""])
def test_text_that_cannot_be_searched_for_is_refused(admin: RestClient, q: str) -> None:
    refused = admin.get("/search", q=q)
    assert (refused.status, list(refused.problems)) == (400, ["q"])
