"""Protection groups through REST: what a plan owner can do with them, and what is refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.cloud import LocalCloud

from .conftest import EAST, REGION_OF, WEST, RestClient, waves_of

PLACE = {"accountId": EAST, "region": REGION_OF[EAST]}
Make = Callable[..., Any]


def test_a_group_is_read_back_as_it_was_created(admin: RestClient, new_servers: Make, new_name: Make) -> None:
    first, second = sorted(new_servers(2))
    content: dict[str, Any] = {
        "name": f"  {new_name()} ",
        "description": "the web tier",
        **PLACE,
        "sourceServerIds": [first, second],
        "impactLevels": {second: "OPTIONAL"},
    }
    created = admin("POST", "/protection-groups", content)
    assert created.status == 201
    assert created.body["name"] == content["name"].strip()
    assert created.body["version"] == 1
    read = admin.get(f"/protection-groups/{created.body['groupId']}")
    assert read.body["group"] == created.body
    assert [(server["sourceServerId"], server["impact"]) for server in read.body["servers"]] == [
        (first, "CRITICAL"),
        (second, "OPTIONAL"),
    ]


def test_all_problems_of_a_request_are_reported_together(admin: RestClient) -> None:
    refused = admin(
        "POST",
        "/protection-groups",
        {"name": " ", "accountId": 5, "sourceServerIds": ["s-1"], "tags": {"A": 1}, "colour": "red", "size": 3},
    )
    assert refused.status == 400
    assert set(refused.problems) == {"accountId", "region", "tags.A", "colour", "size"}


def test_all_problems_of_content_are_reported_together(admin: RestClient) -> None:
    content = {
        "name": "x" * 65,
        "accountId": "999999999999",
        "region": "us-east-1",
        "sourceServerIds": ["web-1"],
        "tags": {"A": "b"},
        "impactLevels": {"s-00000000000000000": "OPTIONAL"},
    }
    refused = admin("POST", "/protection-groups", content)
    assert set(refused.problems) == {
        "name",
        "accountId",
        "sourceServerIds",
        "sourceServerIds[0]",
        "impactLevels.s-00000000000000000",
    }


def test_servers_must_exist_in_drs(admin: RestClient, new_servers: Make, new_name: Make) -> None:
    missing = "s-00000000000000000"
    content = {"name": new_name(), **PLACE, "sourceServerIds": [*new_servers(), missing]}
    refused = admin("POST", "/protection-groups", content)
    assert refused.status == 400
    assert list(refused.problems) == ["sourceServerIds[1]"]
    assert missing in refused.problems["sourceServerIds[1]"]


def test_servers_that_drs_does_not_have_cannot_be_added_later(admin: RestClient, new_group: Make) -> None:
    group, missing = new_group(), "s-00000000000000000"
    path = f"/protection-groups/{group['groupId']}"
    content = {"name": group["name"], "sourceServerIds": [*group["sourceServerIds"], missing], "version": 1}
    refused = admin("PUT", path, content)
    assert (refused.status, list(refused.problems)) == (400, ["sourceServerIds[1]"])
    assert admin.get(path).body["group"] == group


@pytest.mark.parametrize(("fault", "status"), [("ACCESS_DENIED", 502), ("THROTTLE", 503)])
def test_a_group_is_not_saved_while_drs_does_not_say_whether_its_servers_exist(
    admin: RestClient, cloud: LocalCloud, new_servers: Make, new_name: Make, fault: str, status: int
) -> None:
    name = new_name()
    content = {"name": name, **PLACE, "sourceServerIds": new_servers()}
    match = {"account": EAST, "operation": "DescribeSourceServers"}
    fault_id = cloud.emulator.add_fault({"kind": fault, "match": match})
    try:
        refused = admin("POST", "/protection-groups", content)
    finally:
        cloud.emulator.remove_fault(fault_id)
    assert refused.status == status
    assert EAST in refused.body["error"]["message"]
    assert name not in {group["name"] for group in admin.all_items("/protection-groups")}


def test_a_region_that_the_account_does_not_work_with_is_refused(admin: RestClient, new_name: Make) -> None:
    refused = admin(
        "POST",
        "/protection-groups",
        {"name": new_name(), "accountId": EAST, "region": "eu-north-1", "tags": {"A": "b"}},
    )
    assert list(refused.problems) == ["region"]


@pytest.mark.parametrize("change", [str.upper, str.lower, lambda name: f" {name} "])
def test_names_are_unique_without_regard_to_case(
    admin: RestClient, new_group: Make, change: Callable[[str], str]
) -> None:
    taken = new_group()
    refused = admin(
        "POST", "/protection-groups", {"name": change(taken["name"]), **PLACE, "tags": {"Nobody": "has this"}}
    )
    assert (refused.status, refused.error) == (409, "NameTaken")
    assert refused.details["groupId"] == taken["groupId"]


def test_a_name_is_free_again_after_a_rename_and_after_a_deletion(
    admin: RestClient, new_group: Make, new_name: Make
) -> None:
    group = new_group()
    first, second = group["name"], new_name()
    content = {"name": second, "sourceServerIds": group["sourceServerIds"], "version": 1}
    assert admin("PUT", f"/protection-groups/{group['groupId']}", content).status == 200
    assert new_group(name=first)["name"] == first
    assert admin("DELETE", f"/protection-groups/{group['groupId']}").status == 200
    assert new_group(name=second)["name"] == second


def test_two_creates_of_one_name_have_exactly_one_winner(admin: RestClient, new_name: Make) -> None:
    content = {"name": new_name(), **PLACE, "tags": {"Race": "name"}}
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda number: admin("POST", "/protection-groups", {**content, "tags": {"Race": str(number)}}), range(4)
            )
        )
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    assert {answer.error for answer in answers} == {"", "NameTaken"}


def test_a_server_belongs_to_one_group(admin: RestClient, new_group: Make, new_servers: Make, new_name: Make) -> None:
    first, second = new_servers(2)
    holder = new_group(sourceServerIds=[first])
    refused = admin("POST", "/protection-groups", {"name": new_name(), **PLACE, "sourceServerIds": [second, first]})
    assert (refused.status, refused.error) == (409, "InUse")
    assert refused.details["overlaps"] == [
        {"groupId": holder["groupId"], "groupName": holder["name"], "sourceServerIds": [first]}
    ]
    assert holder["name"] in refused.body["error"]["message"]
    assert new_group(sourceServerIds=[second])


def test_a_server_is_free_again_when_its_group_releases_it(
    admin: RestClient, new_group: Make, new_servers: Make
) -> None:
    kept, dropped = new_servers(2)
    group = new_group(sourceServerIds=[kept, dropped])
    content = {"name": group["name"], "sourceServerIds": [kept], "version": 1}
    assert admin("PUT", f"/protection-groups/{group['groupId']}", content).status == 200
    assert new_group(sourceServerIds=[dropped])
    assert admin("DELETE", f"/protection-groups/{group['groupId']}").status == 200
    assert new_group(sourceServerIds=[kept])


def test_two_groups_racing_for_a_server_have_exactly_one_winner(
    admin: RestClient, new_servers: Make, new_name: Make
) -> None:
    servers = new_servers(3)
    contents = [{"name": new_name(), **PLACE, "sourceServerIds": servers} for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda content: admin("POST", "/protection-groups", content), contents))
    assert sorted(answer.status for answer in answers) == [201, 409, 409]


def test_tags_that_would_take_servers_of_another_group_are_refused(
    admin: RestClient, new_group: Make, new_servers: Make, new_name: Make, sync: Make
) -> None:
    servers = new_servers(2, Overlap="explicit")
    holder = new_group(sourceServerIds=servers[:1])
    sync()
    refused = admin("POST", "/protection-groups", {"name": new_name(), **PLACE, "tags": {"Overlap": "explicit"}})
    assert (refused.status, refused.error) == (409, "InUse")
    assert refused.details["overlaps"] == [
        {"groupId": holder["groupId"], "groupName": holder["name"], "sourceServerIds": servers[:1]}
    ]


def test_servers_that_a_tag_group_holds_are_refused_by_id_and_by_tag(
    admin: RestClient, new_group: Make, new_servers: Make, new_name: Make, sync: Make
) -> None:
    servers = new_servers(2, Overlap="tags", Also="this")
    holder = new_group(tags={"Overlap": "tags"})
    sync()
    for choice in ({"sourceServerIds": servers}, {"tags": {"Also": "this"}}):
        refused = admin("POST", "/protection-groups", {"name": new_name(), **PLACE, **choice})
        assert refused.error == "InUse"
        assert refused.details["overlaps"][0]["groupName"] == holder["name"]


def test_a_group_may_be_saved_with_the_servers_that_it_has(
    admin: RestClient, new_group: Make, new_servers: Make, sync: Make
) -> None:
    new_servers(Own="tags")
    group = new_group(tags={"Own": "tags"})
    sync()
    saved = admin(
        "PUT", f"/protection-groups/{group['groupId']}", {"name": group["name"], "tags": {"Own": "tags"}, "version": 1}
    )
    assert (saved.status, saved.body["version"]) == (200, 2)


def test_a_stale_version_is_refused_with_the_current_one(admin: RestClient, new_group: Make) -> None:
    group = new_group()
    content = {"name": group["name"], "sourceServerIds": group["sourceServerIds"], "version": 1}
    assert admin("PUT", f"/protection-groups/{group['groupId']}", content).body["version"] == 2
    refused = admin("PUT", f"/protection-groups/{group['groupId']}", content)
    assert (refused.status, refused.error, refused.details) == (409, "StaleVersion", {"currentVersion": 2})


def test_two_updates_of_one_version_have_exactly_one_winner(admin: RestClient, new_group: Make, new_name: Make) -> None:
    group = new_group()
    contents = [{"name": new_name(), "sourceServerIds": group["sourceServerIds"], "version": 1} for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda content: admin("PUT", f"/protection-groups/{group['groupId']}", content), contents)
        )
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    assert {answer.error for answer in answers} == {"", "StaleVersion"}


@pytest.mark.parametrize("attempt", range(3))
def test_of_an_update_and_a_deletion_at_the_same_moment_nothing_is_half_done(
    admin: RestClient, new_group: Make, attempt: int
) -> None:
    group = new_group()
    path = f"/protection-groups/{group['groupId']}"
    content = {"name": group["name"], "sourceServerIds": group["sourceServerIds"], "version": 1}
    with ThreadPoolExecutor(2) as pool:
        update, deletion = pool.submit(admin, "PUT", path, content), pool.submit(admin, "DELETE", path)
    updated, deleted = update.result(), deletion.result()
    assert deleted.status == 200
    assert (updated.status, updated.error) in {(200, ""), (404, "RecordNotFound")}
    assert admin.get(path).status == 404
    assert new_group(name=group["name"], sourceServerIds=group["sourceServerIds"])


def test_two_operators_who_change_a_group_and_the_settings_of_its_server_both_succeed(
    admin: RestClient, new_group: Make
) -> None:
    group = new_group()
    path, (server_id,) = f"/protection-groups/{group['groupId']}", group["sourceServerIds"]
    content = {"name": group["name"], "sourceServerIds": [server_id], "description": "changed", "version": 1}
    own = {"settings": {"copyTags": False}, "version": 0}
    with ThreadPoolExecutor(2) as pool:
        change = pool.submit(admin, "PUT", path, content)
        settings = pool.submit(admin, "PUT", f"{path}/servers/{server_id}/launch-settings", own)
    assert [change.result().status, settings.result().status] == [200, 200]
    (shown,) = admin.get(f"{path}/launch-settings").body["items"]
    assert (shown["settings"], shown["version"]) == ({"copyTags": False}, 1)
    assert admin.get(path).body["group"]["description"] == "changed"


@pytest.mark.parametrize(
    ("method", "body"), [("GET", None), ("PUT", {"name": "x", "tags": {"A": "b"}, "version": 1}), ("DELETE", None)]
)
def test_unknown_groups_are_not_found(admin: RestClient, method: str, body: Any) -> None:
    refused = admin(method, "/protection-groups/pg-unknown", body)
    assert (refused.status, refused.error) == (404, "RecordNotFound")
    assert refused.details == {"groupId": "pg-unknown"}


def test_region_and_account_cannot_be_changed(admin: RestClient, new_group: Make) -> None:
    group = new_group()
    content = {
        "name": "x",
        "sourceServerIds": group["sourceServerIds"],
        "version": 1,
        "accountId": WEST,
        "region": "us-west-2",
    }
    refused = admin("PUT", f"/protection-groups/{group['groupId']}", content)
    assert set(refused.problems) == {"accountId", "region"}


def test_a_group_that_a_plan_uses_cannot_be_deleted(admin: RestClient, new_group: Make, new_plan: Make) -> None:
    group = new_group()
    plan = new_plan([group["groupId"]])
    refused = admin("DELETE", f"/protection-groups/{group['groupId']}")
    assert (refused.status, refused.error) == (409, "InUse")
    assert refused.details["plans"] == [{"planId": plan["planId"], "name": plan["name"]}]
    assert admin("DELETE", f"/recovery-plans/{plan['planId']}").status == 200
    assert admin("DELETE", f"/protection-groups/{group['groupId']}").status == 200


@pytest.mark.parametrize("attempt", range(3))
def test_deleting_a_group_and_planning_with_it_have_exactly_one_winner(
    admin: RestClient, new_group: Make, new_name: Make, attempt: int
) -> None:
    group_id = new_group()["groupId"]
    plan = {"name": new_name(), "waves": waves_of(group_id)}
    with ThreadPoolExecutor(2) as pool:
        deletion = pool.submit(admin, "DELETE", f"/protection-groups/{group_id}")
        creation = pool.submit(admin, "POST", "/recovery-plans", plan)
    deleted, planned = deletion.result(), creation.result()
    assert sorted([deleted.status < 300, planned.status < 300]) == [False, True], (deleted.body, planned.body)


def test_groups_are_listed_by_name_and_page_by_page(admin: RestClient, new_group: Make) -> None:
    made = {new_group(name=f"{prefix} listed", tags={"Listed": prefix})["name"] for prefix in ("b", "A", "c", "D")}
    listed = [group["name"] for group in admin.all_items("/protection-groups", limit=2)]
    assert made <= set(listed)
    assert listed == sorted(set(listed), key=str.casefold)
    of_account = [group["accountId"] for group in admin.all_items("/protection-groups", accountId=EAST)]
    assert set(of_account) == {EAST}
    assert list(admin.all_items("/protection-groups", accountId="999999999999")) == []
