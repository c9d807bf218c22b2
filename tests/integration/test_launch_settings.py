"""Launch settings through REST: the three levels, who wins, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.estate.accounts import Place
from chalicelib.store.tables.estate import SourceServerItem, account_region
from local.cloud import LocalCloud

from .conftest import EAST, REGION_OF, RestClient

Make = Callable[..., Any]


@pytest.fixture
def subnet(cloud: LocalCloud) -> dict[str, Any]:
    """A subnet of the account in which the servers are."""
    ec2 = cloud.client("ec2", account=EAST, region=REGION_OF[EAST])
    found: dict[str, Any] = ec2.describe_subnets()["Subnets"][0]
    return found


def settings_of(group_id: str) -> str:
    return f"/protection-groups/{group_id}/launch-settings"


def of_server(group_id: str, server_id: str) -> str:
    return f"/protection-groups/{group_id}/servers/{server_id}/launch-settings"


def test_the_levels_come_to_the_settings_of_each_server(admin: RestClient, new_group: Make, new_servers: Make) -> None:
    one, other = sorted(new_servers(2))
    before = admin.get("/config/launch-defaults").body
    defaults = {"settings": {"copyTags": True, "monitoring": True}, "version": before["version"]}
    saved = admin("PUT", "/config/launch-defaults", defaults)
    assert (saved.status, saved.body["version"]) == (200, before["version"] + 1)
    stale = admin("PUT", "/config/launch-defaults", defaults)
    assert (stale.status, stale.error) == (409, "StaleVersion")
    group = new_group(sourceServerIds=[one, other], launchDefaults={"copyTags": False})
    own = admin("PUT", of_server(group["groupId"], one), {"settings": {"monitoring": None}, "version": 0})
    assert (own.status, own.body["version"], own.body["effective"]) == (200, 1, {"copyTags": False})
    again = admin("PUT", of_server(group["groupId"], one), {"settings": {}, "version": 0})
    assert again.error == "StaleVersion"
    first = admin.get(settings_of(group["groupId"]), limit=1).body
    assert first["counts"] == {"PENDING": 2}
    assert [(item["sourceServerId"], item["effective"]) for item in first["items"]] == [(one, {"copyTags": False})]
    second = admin.get(settings_of(group["groupId"]), limit=1, cursor=first["nextCursor"]).body
    assert [(item["sourceServerId"], item["effective"]) for item in second["items"]] == [
        (other, {"copyTags": False, "monitoring": True})
    ]
    assert second["nextCursor"] is None
    admin("PUT", "/config/launch-defaults", {"settings": {}, "version": saved.body["version"]})


def test_a_level_refuses_what_belongs_to_another(admin: RestClient, new_group: Make, new_servers: Make) -> None:
    refused = admin(
        "PUT",
        "/config/launch-defaults",
        {"settings": {"subnetId": "subnet-1", "staticPrivateIp": "10.0.0.9", "keyName": "k"}, "version": 0},
    )
    assert set(refused.problems) == {"settings.keyName"}
    refused = admin(
        "PUT",
        "/config/launch-defaults",
        {"settings": {"subnetId": "subnet-1", "staticPrivateIp": "10.0.0.9"}, "version": 0},
    )
    assert set(refused.problems) == {"settings.subnetId", "settings.staticPrivateIp"}
    group = new_group()
    change = {"name": group["name"], "sourceServerIds": group["sourceServerIds"], "version": 1}
    refused = admin(
        "PUT", f"/protection-groups/{group['groupId']}", {**change, "launchDefaults": {"staticPrivateIp": "10.0.0.9"}}
    )
    assert set(refused.problems) == {"launchDefaults.staticPrivateIp"}
    stranger = admin("PUT", of_server(group["groupId"], new_servers()[0]), {"settings": {}, "version": 0})
    assert set(stranger.problems) == {"serverId"}


def test_settings_are_checked_in_the_account_of_the_servers(
    admin: RestClient, new_group: Make, new_servers: Make, subnet: dict[str, Any]
) -> None:
    one, other = new_servers(2)
    group = new_group(sourceServerIds=[one, other], launchDefaults={"subnetId": subnet["SubnetId"]})
    change = {"name": group["name"], "sourceServerIds": [one, other], "version": 1}
    refused = admin(
        "PUT", f"/protection-groups/{group['groupId']}", {**change, "launchDefaults": {"subnetId": "subnet-missing"}}
    )
    assert set(refused.problems) == {"launchDefaults.subnetId"}
    network = subnet["CidrBlock"].rpartition(".")[0]
    reserved = {"settings": {"staticPrivateIp": f"{network}.3"}, "version": 0}
    assert set(admin("PUT", of_server(group["groupId"], one), reserved).problems) == {"settings.staticPrivateIp"}
    free = {"settings": {"staticPrivateIp": f"{network}.77"}, "version": 0}
    taken = admin("PUT", of_server(group["groupId"], one), free)
    assert taken.body["effective"]["copyPrivateIp"] is False
    assert set(admin("PUT", of_server(group["groupId"], other), free).problems) == {"settings.staticPrivateIp"}


def test_a_server_that_leaves_loses_its_settings(admin: RestClient, new_group: Make, new_servers: Make) -> None:
    stays, leaves = new_servers(2)
    group = new_group(sourceServerIds=[stays, leaves])
    path, name = f"/protection-groups/{group['groupId']}", group["name"]
    for server in (stays, leaves):
        admin("PUT", of_server(group["groupId"], server), {"settings": {"copyTags": True}, "version": 0})
    changed = admin("PUT", path, {"name": name, "sourceServerIds": [stays], "version": 1})
    assert changed.body["launchSettingsRemoved"] == [leaves]
    back = admin("PUT", path, {"name": name, "sourceServerIds": [stays, leaves], "version": 2})
    assert "launchSettingsRemoved" not in back.body
    shown = admin.get(settings_of(group["groupId"])).body["items"]
    assert {item["sourceServerId"]: item["settings"] for item in shown} == {stays: {"copyTags": True}, leaves: {}}


def test_only_those_who_may_change_groups_change_their_settings(
    signed_in: Callable[[str], RestClient], new_group: Make
) -> None:
    group, reader = new_group(), signed_in("DRSReadOnly")
    (server,) = group["sourceServerIds"]
    assert reader.get(settings_of(group["groupId"])).status == 200
    assert reader("PUT", of_server(group["groupId"], server), {"settings": {}, "version": 0}).status == 403
    planner = signed_in("DRSPlanManager")
    assert planner("PUT", "/config/launch-defaults", {"settings": {}, "version": 0}).status == 403


def test_a_type_that_is_not_that_of_the_source_instance_is_shown(
    admin: RestClient, new_group: Make, new_servers: Make, sync: Make
) -> None:
    one, other = sorted(new_servers(2))
    group = new_group(sourceServerIds=[one, other], launchDefaults={"instanceType": "m5.large"})
    sync()
    for server, kind in ((one, "m5.large"), (other, "m5.xlarge")):
        row = SourceServerItem(account_region=account_region(Place(EAST, REGION_OF[EAST])), source_server_id=server)
        row.update([SourceServerItem.instance_type.set(kind)])
    shown = admin.get(settings_of(group["groupId"])).body["items"]
    assert [(item["sourceInstanceType"], item["instanceTypeDiffers"]) for item in shown] == [
        ("m5.large", False),
        ("m5.xlarge", True),
    ]
