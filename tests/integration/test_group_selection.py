"""What a group's selection matches: shown from the inventory, previewed before a save, asked of DRS by a start."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.query import groups as query_groups
from local.cloud import LocalCloud
from tests.preflights import check_plan
from tests.waiting import eventually

from .conftest import EAST, REGION_OF, RestClient, waves_of

PLACE = {"accountId": EAST, "region": REGION_OF[EAST]}
Make = Callable[..., Any]


def test_servers_are_resolved_from_the_inventory(
    admin: RestClient, new_servers: Make, new_group: Make, sync: Make
) -> None:
    known = new_servers(state="CONTINUOUS", Team="inventory")
    group = new_group(tags={"Team": "inventory"})
    assert admin.get(f"/protection-groups/{group['groupId']}").body["servers"] == []
    sync()
    shown = admin.get(f"/protection-groups/{group['groupId']}").body
    assert [server["sourceServerId"] for server in shown["servers"]] == known
    assert shown["servers"][0]["readiness"] == "READY"
    assert shown["servers"][0]["server"]["tags"]["Team"] == "inventory"
    assert shown["inventorySeenAt"] is not None


def test_a_server_that_the_inventory_does_not_know_is_shown_as_blocked(admin: RestClient, new_group: Make) -> None:
    group = new_group()
    (server,) = admin.get(f"/protection-groups/{group['groupId']}").body["servers"]
    assert (server["server"], server["readiness"]) == (None, "BLOCKED")
    assert server["findings"][0]["remedy"]


def test_a_selection_can_be_previewed(admin: RestClient, new_servers: Make, sync: Make) -> None:
    wanted = new_servers(2, Preview="yes")
    sync()
    shown = admin("POST", "/protection-groups/resolve", {**PLACE, "tags": {"Preview": "yes"}})
    assert shown.status == 200
    assert {server["sourceServerId"] for server in shown.body["servers"]} == set(wanted)


def test_a_preview_of_nothing_names_every_problem(admin: RestClient) -> None:
    refused = admin("POST", "/protection-groups/resolve", {"accountId": "999999999999", "region": "us-east-1"})
    assert set(refused.problems) == {"accountId", "sourceServerIds"}


@pytest.mark.parametrize("by_tags", [True, False])
def test_a_preview_counts_all_servers_and_shows_them_page_by_page(
    admin: RestClient, new_servers: Make, sync: Make, monkeypatch: pytest.MonkeyPatch, *, by_tags: bool
) -> None:
    monkeypatch.setattr(query_groups, "MOST_BY_ID", 3)
    wanted, key = new_servers(5, state="CONTINUOUS", Paged=str(by_tags)), str(by_tags)
    sync()
    request = {**PLACE, **({"tags": {"Paged": key}} if by_tags else {"sourceServerIds": wanted}), "limit": 2}
    shown: list[str] = []
    page: dict[str, Any] = {"nextCursor": ""}
    while page["nextCursor"] is not None:
        page = admin("POST", "/protection-groups/resolve", {**request, "cursor": page["nextCursor"]}).body
        assert [page[count] for count in ("serverCount", "readyCount", "degradedCount", "blockedCount")] == [5, 5, 0, 0]
        shown += [server["sourceServerId"] for server in page["servers"]]
    assert shown == sorted(wanted)


def test_a_cursor_of_a_preview_belongs_to_its_selection(admin: RestClient, new_servers: Make, sync: Make) -> None:
    new_servers(2, Bound="one")
    sync()
    request = {**PLACE, "tags": {"Bound": "one"}, "limit": 1}
    cursor = admin("POST", "/protection-groups/resolve", request).body["nextCursor"]
    other = {**request, "tags": {"Bound": "other"}, "cursor": cursor}
    assert list(admin("POST", "/protection-groups/resolve", other).problems) == ["cursor"]


def test_a_preview_names_the_groups_that_hold_each_server(
    admin: RestClient, new_group: Make, new_servers: Make, sync: Make
) -> None:
    free, by_id, by_tag = (new_servers(Held="preview", By=by)[0] for by in ("nothing", "id", "tag"))
    holders = {by_id: new_group(sourceServerIds=[by_id]), by_tag: new_group(tags={"By": "tag", "Held": "preview"})}
    sync()
    shown = admin("POST", "/protection-groups/resolve", {**PLACE, "tags": {"Held": "preview"}}).body
    assert {server["sourceServerId"]: server["otherGroups"] for server in shown["servers"]} == {
        free: [],
        **{each: [{"groupId": group["groupId"], "name": group["name"]}] for each, group in holders.items()},
    }
    assert {group["groupId"]: group["serverCount"] for group in shown["sharedWith"]} == {
        group["groupId"]: 1 for group in holders.values()
    }
    own = holders[by_id]["groupId"]
    again = admin("POST", "/protection-groups/resolve", {**PLACE, "sourceServerIds": [by_id], "groupId": own}).body
    assert again["sharedWith"] == [], "a group that is being changed holds its own servers"


def test_servers_that_two_groups_hold_by_later_tags_are_found_in_both_and_in_the_preflight(
    admin: RestClient, cloud: LocalCloud, new_group: Make, new_plan: Make, new_servers: Make, sync: Make
) -> None:
    (server,) = new_servers(state="CONTINUOUS", First="later", Second="not yet")
    first, second = new_group(tags={"First": "later"}), new_group(tags={"Second": "later"})
    plan = new_plan([second["groupId"]])
    arn = f"arn:aws:drs:{REGION_OF[EAST]}:{EAST}:source-server/{server}"
    cloud.client("drs", account=EAST, region=REGION_OF[EAST]).tag_resource(resourceArn=arn, tags={"Second": "later"})
    sync()
    for group, other in ((first, second), (second, first)):
        shown = admin.get(f"/protection-groups/{group['groupId']}").body
        (member,) = shown["servers"]
        assert [finding["code"] for finding in member["findings"]] == ["IN_OTHER_GROUP"]
        assert other["name"] in member["findings"][0]["reason"]
        assert shown["sharedWith"] == [{"groupId": other["groupId"], "name": other["name"], "serverCount": 1}]
        assert (shown["readyCount"], shown["degradedCount"]) == (0, 1)
    (verdict,) = check_plan(cloud, plan["planId"])["servers"]
    assert "IN_OTHER_GROUP" in {finding["code"] for finding in verdict["findings"]}


def test_a_start_asks_drs_for_the_servers_of_tags_and_freezes_them(
    admin: RestClient, cloud: LocalCloud, new_group: Make, new_plan: Make, new_servers: Make
) -> None:
    """The inventory knows none of these servers."""
    group = new_group(tags={"Frozen": "at the start"})
    waves = [{**wave, "approvalRequired": True} for wave in waves_of(group["groupId"])]
    plan = new_plan(waves=waves)
    path = f"/recovery-plans/{plan['planId']}/execute"
    empty = admin("POST", path, {"mode": "DRILL"})
    assert empty.status == 422
    assert f"has the tags of group '{group['name']}' (Frozen=at the start)" in empty.body["error"]["message"]
    (early,) = new_servers(state="CONTINUOUS", Frozen="at the start")
    execution_id = admin("POST", path, {"mode": "DRILL"}).body["execution"]["executionId"]
    new_servers(state="CONTINUOUS", Frozen="at the start")
    listed = admin.all_items(f"/executions/{execution_id}/servers")
    assert [server["sourceServerId"] for server in listed] == [early]
    admin("POST", f"/executions/{execution_id}/cancel", {})
    eventually(lambda: admin.get(f"/executions/{execution_id}").body["execution"]["endedAt"])


def test_a_plan_whose_groups_hold_the_same_servers_does_not_start_and_names_them(
    admin: RestClient, new_group: Make, new_plan: Make, new_servers: Make
) -> None:
    first, second = new_group(tags={"One": "both"}), new_group(tags={"Two": "both"})
    shared = sorted(new_servers(2, state="CONTINUOUS", One="both", Two="both"))
    plan = new_plan([first["groupId"], second["groupId"]])
    refused = admin("POST", f"/recovery-plans/{plan['planId']}/execute", {"mode": "DRILL"})
    assert (refused.status, refused.details["sourceServerIds"]) == (422, shared)
    message = refused.body["error"]["message"]
    assert f"Servers {', '.join(shared)} are in the groups '{first['name']}' and '{second['name']}'" in message
