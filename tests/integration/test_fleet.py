"""Source servers over all accounts and Regions: filters, orders, groups, and the counts that the sync keeps."""

import uuid
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.registers import RegisteredGroup
from chalicelib.store import paging
from chalicelib.store.reads.estate.inventory import find_region_sighting
from chalicelib.store.reads.estate.registers import read_register
from chalicelib.store.tables.configuration import PLACE_REGISTERS
from chalicelib.store.tables.estate import RegionStatusItem, SourceServerItem, account_region
from local.cloud import LocalCloud
from tests.observed import REST, calls_of
from tests.waiting import eventually

from .conftest import EAST, REGION_OF, WEST, RestClient

Make = Callable[..., Any]
PATH = "/drs/source-servers"


@pytest.fixture
def marked(cloud: LocalCloud) -> Callable[..., list[str]]:
    """Makes servers whose host names have a beginning of their own."""

    def make(start: str, accounts: list[str], **options: Any) -> list[str]:
        return [
            cloud.emulator.add_source_server(account, REGION_OF[account], hostname=f"{start}-{number}", **options)
            for number, account in enumerate(accounts)
        ]

    return make


def ids(servers: Any) -> list[str]:
    return [server["sourceServerId"] for server in servers]


def test_servers_of_all_accounts_are_one_list_by_host_name(admin: RestClient, marked: Make, sync: Make) -> None:
    start = f"Fleet{uuid.uuid4().hex[:8]}"
    made = marked(start, [WEST, EAST, WEST], replication_state="STOPPED")
    sync()
    assert ids(admin.all_items(PATH, q=start.lower(), limit=2)) == made
    assert ids(admin.all_items(PATH, q=start, accountId=WEST)) == [made[0], made[2]]
    assert ids(admin.all_items(PATH, q=start, accountId=EAST, region=REGION_OF[WEST])) == []
    assert ids(admin.all_items(PATH, q=start, readiness="READY")) == []
    assert ids(admin.all_items(PATH, q=start, replicationState="STOPPED")) == made
    assert ids(admin.all_items(PATH, q=made[1])) == [made[1]]
    everyone = list(admin.all_items(PATH, limit=1_000))
    assert len(ids(everyone)) == len(set(ids(everyone)))
    assert [each["hostname"].lower() for each in everyone] == sorted(each["hostname"].lower() for each in everyone)


def test_the_servers_furthest_behind_come_first(admin: RestClient, marked: Make, sync: Make, cloud: LocalCloud) -> None:
    made = marked(f"lag{uuid.uuid4().hex[:8]}", [EAST, WEST, EAST], replication_state="BACKLOG")
    for lag, (account, server_id) in zip((100, 9_000, 300), zip([EAST, WEST, EAST], made, strict=True), strict=True):
        cloud.emulator.set_replication(account, REGION_OF[account], server_id, state="BACKLOG", lag=lag)
    sync()
    shown = [each for each in admin.all_items(PATH, sort="LAG", limit=500) if each["sourceServerId"] in made]
    assert ids(shown) == [made[1], made[2], made[0]]


def test_a_filter_that_matches_little_ends_each_page_after_a_bounded_look(
    admin: RestClient, marked: Make, sync: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    (wanted,) = marked(f"zz{uuid.uuid4().hex[:8]}", [EAST], replication_state="STOPPED")
    sync()
    monkeypatch.setattr(paging, "LOOKED_AT", 3)
    page = admin.get(PATH, q=wanted[:6]).body
    assert page["nextCursor"]
    assert wanted in ids(admin.all_items(PATH, q=wanted[:18]))


def test_each_server_names_the_group_that_holds_it(
    admin: RestClient, marked: Make, new_group: Make, sync: Make
) -> None:
    start = f"held{uuid.uuid4().hex[:8]}"
    held, other = marked(start, [EAST, EAST], tags={"Fleet": start})
    (elsewhere,) = marked(f"{start}x", [WEST], tags={"Fleet": start})
    sync()
    group = new_group(sourceServerIds=[held])
    shown = {each["sourceServerId"]: each for each in admin.all_items(PATH, q=start)}
    assert shown[held]["groups"] == [{"groupId": group["groupId"], "name": group["name"]}]
    assert (shown[other]["groups"], shown[elsewhere]["groups"]) == ([], [])
    assert (shown[held]["readiness"], shown[held]["lastLaunchMode"]) == ("READY", "NONE")
    assert ids(admin.all_items(PATH, groupId=group["groupId"])) == [held]


@pytest.mark.parametrize("is_described", [True, False])
def test_servers_of_a_group_are_found_with_and_without_its_place(
    admin: RestClient, marked: Make, new_group: Make, sync: Make, is_described: bool
) -> None:
    """By ids and by tags, also where the register of the place lacks what the group selects."""
    start, east = f"placed{uuid.uuid4().hex[:8]}", {"accountId": EAST, "region": REGION_OF[EAST]}
    (chosen,) = marked(start, [EAST])
    (tagged,) = marked(f"{start}x", [EAST], tags={"Fleet": start})
    marked(f"{start}y", [WEST], tags={"Fleet": start})
    by_id = new_group(sourceServerIds=[chosen])["groupId"]
    by_tags = new_group(tags={"Fleet": start})["groupId"]
    sync()
    if not is_described:
        register = read_register(Place(EAST, REGION_OF[EAST]))
        bare = {each: RegisteredGroup(group.version, group.plan_ids) for each, group in register.groups.items()}
        PLACE_REGISTERS.to_item(msgspec.structs.replace(register, groups=bare)).save()
    places: list[dict[str, str]] = [{}, east, {"accountId": EAST}]
    for place in places:
        assert ids(admin.all_items(PATH, groupId=by_id, **place)) == [chosen]
        assert ids(admin.all_items(PATH, groupId=by_tags, **place)) == [tagged]
    assert ids(admin.all_items(PATH, groupId=by_id, accountId=WEST, region=REGION_OF[WEST])) == []
    assert admin.get(PATH, groupId="pg-unknown", **east).status == 404
    assert admin.get(PATH, groupId=by_id, accountId="000000000000", region="us-east-2").status == 404
    sync()


def test_servers_are_found_by_a_tag(admin: RestClient, marked: Make, sync: Make) -> None:
    start = f"tagged{uuid.uuid4().hex[:8]}"
    (here,) = marked(start, [EAST], tags={"Application": start})
    (there,) = marked(f"{start}x", [WEST], tags={"Application": start})
    (other,) = marked(f"{start}y", [EAST], tags={"Application": f"{start}=2"})
    sync()
    assert set(ids(admin.all_items(PATH, tag=f"Application={start}", limit=100))) == {here, there}
    assert ids(admin.all_items(PATH, tag=f"Application={start}=2")) == [other]
    assert ids(admin.all_items(PATH, tag=f"Application={start}", accountId=WEST)) == [there]
    assert ids(admin.all_items(PATH, q=start, tag="Application")) == [here, there, other]
    assert ids(admin.all_items(PATH, q=start, tag="application")) == ids(admin.all_items(PATH, q=start, tag="A")) == []


def test_the_last_launch_of_a_server_is_shown(admin: RestClient, marked: Make, sync: Make, cloud: LocalCloud) -> None:
    (server_id,) = marked(f"drilled{uuid.uuid4().hex[:8]}", [EAST])
    drs = cloud.client("drs", account=EAST, region=REGION_OF[EAST])
    drs.start_recovery(sourceServers=[{"sourceServerID": server_id}], isDrill=True)

    def shown() -> Any:
        sync()
        return admin.get(PATH, q=server_id).body["items"][0]

    eventually(lambda: shown()["lastLaunchResult"] == "SUCCEEDED")
    assert shown()["lastLaunchMode"] == "DRILL"
    assert shown()["lastLaunchAt"]


def test_a_row_of_an_older_release_is_listed_after_the_next_sync(admin: RestClient, marked: Make, sync: Make) -> None:
    (server_id,) = marked(f"older{uuid.uuid4().hex[:8]}", [EAST], replication_state="STOPPED")
    sync()
    row = SourceServerItem(account_region=account_region(Place(EAST, REGION_OF[EAST])), source_server_id=server_id)
    new = (
        SourceServerItem.kind,
        SourceServerItem.name_key,
        SourceServerItem.lag_key,
        SourceServerItem.last_launch_mode,
    )
    row.update([attribute.remove() for attribute in new])
    assert ids(admin.all_items(PATH, q="older")) == []
    sync()
    assert server_id in ids(admin.all_items(PATH, q="older"))


def test_the_sync_counts_servers_by_state(admin: RestClient, marked: Make, sync: Make) -> None:
    path, place = f"{PATH}/summary", {"accountId": WEST, "region": REGION_OF[WEST]}
    sync()
    before = admin.get(path, **place).body
    marked("counted", [WEST, WEST], replication_state="STALLED")
    sync()
    after = admin.get(path, **place).body
    assert after["replication"]["STALLED"] == before["replication"].get("STALLED", 0) + 2
    assert after["serverCount"] == before["serverCount"] + 2 == sum(after["replication"].values())
    assert sum(after["readiness"].values()) == after["serverCount"]
    whole = admin.get(path).body
    assert whole["serverCount"] == sum(each["serverCount"] for each in whole["places"])
    sighting = find_region_sighting(Place(WEST, REGION_OF[WEST]))
    assert sighting
    assert sighting.replication == after["replication"]
    RegionStatusItem(WEST, REGION_OF[WEST]).update([RegionStatusItem.replication.remove()])
    (counted,) = admin.get(path, **place).body["places"]
    assert "next sync" in counted["problem"]
    sync()


def test_a_page_costs_two_calls_however_many_places_and_servers_it_has(
    admin: RestClient, cloud: LocalCloud, marked: Make, sync: Make
) -> None:
    start = f"calls{uuid.uuid4().hex[:8]}"
    marked(start, [EAST, WEST] * 51, replication_state="STOPPED")
    sync()
    with calls_of(cloud, REST) as calls:
        assert len(admin.get(PATH, q=start, limit=1_000).body["items"]) == 102
    reads = [call.operation for call in calls if call.operation in {"Query", "BatchGetItem", "GetItem"}]
    assert sorted(reads) == ["BatchGetItem", "Query"], "servers, places"


def test_a_live_list_needs_a_place_and_takes_no_other_filters(admin: RestClient) -> None:
    assert set(admin.get(PATH, live="true").problems) == {"accountId", "region"}
    others = {"q": "web", "tag": "Tier", "readiness": "READY"}
    refused = admin.get(PATH, live="true", accountId=EAST, region=REGION_OF[EAST], **others)
    assert set(refused.problems) == set(others)
    assert admin.get(PATH, accountId="999999999999").status == 404
    assert admin.get(PATH, groupId="pg-unknown").status == 404
    assert admin.get(PATH, limit=1_001).status == 400


def test_groups_and_plans_are_found_by_the_beginning_of_their_names(
    admin: RestClient, new_group: Make, new_plan: Make, new_servers: Make
) -> None:
    name = f"Find {uuid.uuid4()}"
    group = new_group(name=f"{name} web", sourceServerIds=list(new_servers(1)))
    plan = new_plan([group["groupId"]], name=f"{name} plan", owner="Shop team")
    for place in ({}, {"accountId": EAST}, {"accountId": EAST, "region": REGION_OF[EAST]}):
        found = admin.all_items("/protection-groups", q=name.upper(), **place)
        assert [each["groupId"] for each in found] == [group["groupId"]]
    assert list(admin.all_items("/protection-groups", q=name, region=REGION_OF[WEST])) == []
    assert list(admin.all_items("/protection-groups", q="web")) == []
    for filters in ({}, {"owner": "Shop team"}):
        found = admin.all_items("/recovery-plans", q=name.lower(), **filters)
        assert [each["plan"]["planId"] for each in found] == [plan["planId"]]
    assert list(admin.all_items("/recovery-plans", q=name, owner="Nobody")) == []
