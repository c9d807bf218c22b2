"""People describe their estate: accounts, groups, plans, settings and imports, with a function that dies meanwhile."""

import itertools
import uuid
from typing import Any

from chalicelib.store.reads.estate.launch_records import launch_records
from tests.persons import ADMIN, MANAGER, Person
from tests.workflow.crash_matrix.management_stage import ManagementStage, ManagementStory
from tests.workflow.drills import EAST, REGION_OF, Refused, Server

_accounts = itertools.count(610_000_000_000)
_INVENTORY = "handle_sync_source_server_inventory"
_PLACE = {"accountId": EAST, "region": REGION_OF[EAST]}


def an_account_is_registered_changed_and_removed(stage: ManagementStage) -> None:
    """Its name is free again afterwards, and was taken once only."""
    number, name, other = str(next(_accounts)), _name(), _name()
    content = {"externalId": "a-secret-of-the-account", "regions": [REGION_OF[EAST]]}
    stage.command("register_target_account", accountId=number, name=name, **content, done={"StateConflict"})
    assert _account(stage, number)["version"] == 1
    changed = {"accountId": number, "name": other, "regions": content["regions"], "version": 1}
    stage.command("update_target_account", **changed, done={"StaleVersion"})
    shown = _account(stage, number)
    assert (shown["name"], shown["version"], shown["hasExternalId"]) == (other, 2, True)
    stage.command("remove_target_account", accountId=number, done={"RecordNotFound"})
    assert stage.is_gone("get_target_account", accountId=number)
    for free in (name, other):
        stage.command("register_target_account", accountId=number, name=free, **content)
        stage.command("remove_target_account", accountId=number)


def a_staging_account_is_added_and_removed(stage: ManagementStage) -> None:
    number = str(next(_accounts))
    link = {"accountId": EAST, "stagingAccountId": number}
    stage.command("add_staging_account", **link, done={"StateConflict"})
    assert _staging(stage).count(number) == 1
    stage.command("remove_staging_account", **link, done={"RecordNotFound"})
    assert number not in _staging(stage)
    stage.command("add_staging_account", **link)
    stage.command("remove_staging_account", **link)


def a_group_is_created_changed_and_deleted(stage: ManagementStage) -> None:
    """A server that left has no settings when it joins again; a deleted group leaves nothing behind."""
    kept, left = stage.drills.servers(2, replication_state="STOPPED")
    group = _group(stage, kept, left)
    same = {"groupId": group["groupId"], "name": group["name"]}
    own = {"groupId": group["groupId"], "serverId": left.server_id, "settings": {"copyTags": False}, "version": 0}
    stage.command("update_server_launch_settings", **own, done={"StaleVersion"})
    assert launch_records(group["groupId"])[left.server_id].settings.copy_tags is False
    stage.command("update_protection_group", **same, sourceServerIds=[kept.server_id], version=1, done={"StaleVersion"})
    both = [kept.server_id, left.server_id]
    stage.command("update_protection_group", **same, sourceServerIds=both, version=2, done={"StaleVersion"})
    assert left.server_id not in launch_records(group["groupId"])
    stage.command("update_server_launch_settings", **own)
    stage.command("delete_protection_group", groupId=group["groupId"], done={"RecordNotFound"})
    assert stage.is_gone("get_protection_group", groupId=group["groupId"])
    assert launch_records(group["groupId"]) == {}
    again = stage.command("create_protection_group", name=group["name"], **_PLACE, sourceServerIds=both)
    stage.command("delete_protection_group", groupId=again["groupId"])


def the_rows_of_servers_follow_their_groups(stage: ManagementStage) -> None:
    """What a save that died has not written is written by the next sync of the inventory."""
    one, other = stage.drills.servers(2, replication_state="STOPPED")
    stage.command(_INVENTORY)
    group = _group(stage, one)
    same = {"groupId": group["groupId"], "name": group["name"]}
    moved = {**same, "sourceServerIds": [other.server_id], "version": 1}
    stage.command("update_protection_group", **moved, done={"StaleVersion"})
    stage.command(_INVENTORY)
    assert _holders(stage, one, other) == [[], [group["name"]]]
    stage.command("delete_protection_group", groupId=group["groupId"], done={"RecordNotFound"})
    stage.command(_INVENTORY)
    assert _holders(stage, one, other) == [[], []]


def a_plan_is_created_changed_and_deleted(stage: ManagementStage) -> None:
    """Its addresses follow it; a save that found the plan changed already is repeated from the current version."""
    (server,) = stage.drills.servers(replication_state="STOPPED")
    group_id = _group(stage, server)["groupId"]
    waves = [{"number": 1, "name": "Wave", "protectionGroupIds": [group_id]}]
    first, second = (f"ops-{uuid.uuid4().hex[:12]}@example.com" for _ in range(2))
    content: dict[str, Any] = {"name": _name(), "waves": waves, "notificationEmails": [first]}
    key = str(uuid.uuid4())
    plan_id = stage.command("create_recovery_plan", **content, idempotencyKey=key)["planId"]
    assert _subscribed(stage, plan_id) == {first: "CONFIRMED"}
    assert [plan["planId"] for plan in _plans(stage, content["name"])] == [plan_id]
    change = {"planId": plan_id, **content, "notificationEmails": [second]}
    version, answer = 1, None
    while answer is None or isinstance(answer, Refused):
        answer = stage.command("update_recovery_plan", **change, version=version, done={"StaleVersion"})
        version += 1
    assert _subscribed(stage, plan_id) == {second: "CONFIRMED"}
    stage.command("delete_recovery_plan", planId=plan_id, done={"RecordNotFound"})
    assert stage.is_gone("get_recovery_plan", planId=plan_id)
    assert not {first, second} & _addresses(stage)
    stage.command("delete_protection_group", groupId=group_id)


def a_plan_is_weakened_by_two_persons(stage: ManagementStage) -> None:
    """The first person's save is recorded once and changes nothing; the second person's is carried out once."""
    ada, bob = Person(stage.drills.cloud, MANAGER), Person(stage.drills.cloud, ADMIN)
    plan_id = stage.drills.plan({"servers": stage.drills.servers(), "approvalRequired": True})
    plan = stage.drills.query("get_recovery_plan", planId=plan_id)
    content = {"planId": plan_id, "name": plan["name"], "waves": plan["waves"]}
    stage.drills.manage("update_recovery_plan", **content, version=1, approval={"twoPerson": True})
    for _ in range(2):
        stage.command("update_recovery_plan", **content, version=2, person=ada, expected="SecondPersonNeeded")
    shown = stage.drills.query("get_recovery_plan", planId=plan_id)
    assert (shown["version"], shown["approval"]["twoPerson"]) == (2, True)
    assert shown["firstPerson"]["subject"] == ada.subject
    stage.command("update_recovery_plan", **content, version=2, person=bob, done={"StaleVersion"})
    shown = stage.drills.query("get_recovery_plan", planId=plan_id)
    assert (shown["version"], shown["approval"]["twoPerson"], shown["firstPerson"]) == (3, False, None)
    assert shown["updatedBySubject"] == bob.subject


def settings_are_changed(stage: ManagementStage) -> None:
    """A repeated change finds its own version; the settings are changed once."""
    defaults = stage.drills.query("get_launch_defaults")
    change = {"settings": {"copyTags": True}, "version": defaults["version"]}
    stage.command("update_launch_defaults", **change, done={"StaleVersion"})
    shown = stage.drills.query("get_launch_defaults")
    assert (shown["settings"], shown["version"]) == ({"copyTags": True}, defaults["version"] + 1)
    stage.command("update_launch_defaults", settings=defaults["settings"], version=shown["version"])
    interval = stage.drills.query("get_tag_sync_settings")
    stage.command("update_tag_sync_settings", everyHours=7, version=interval["version"], done={"StaleVersion"})
    shown = stage.drills.query("get_tag_sync_settings")
    assert (shown["everyHours"], shown["version"]) == (7, interval["version"] + 1)
    stage.command("update_tag_sync_settings", everyHours=interval["everyHours"], version=shown["version"])
    version = stage.drills.query("get_outgoing_hosts")["version"]
    stage.command("update_outgoing_hosts", networks=["127.0.0.0/8"], version=version, done={"StaleVersion"})
    shown = stage.drills.query("get_outgoing_hosts")
    assert (shown["networks"], shown["version"]) == (["127.0.0.0/8"], version + 1)


def a_document_is_imported(stage: ManagementStage) -> None:
    """Repeated, it makes what is missing and nothing twice."""
    (server,) = stage.drills.servers(replication_state="STOPPED")
    group, plan = _name(), _name()
    document = {
        "schemaVersion": 1,
        "groups": [{"name": group, **_PLACE, "sourceServerIds": [server.server_id]}],
        "plans": [{"name": plan, "waves": [{"name": "Wave", "protectionGroups": [group]}]}],
    }
    report = stage.command("import_configuration", document=document)
    assert {item["outcome"] for item in report["items"]} <= {"DONE", "UNCHANGED"}
    (made,) = _plans(stage, plan)
    (group_id,) = made["waves"][0]["protectionGroupIds"]
    assert stage.drills.query("get_protection_group", groupId=group_id)["group"]["name"] == group
    again = stage.command("import_configuration", document=document)
    assert {item["outcome"] for item in again["items"]} == {"UNCHANGED"}
    stage.command("delete_recovery_plan", planId=made["planId"])
    stage.command("delete_protection_group", groupId=group_id)


def _group(stage: ManagementStage, *servers: Server) -> Any:
    """A new group by a request that may be repeated."""
    name, key = _name(), str(uuid.uuid4())
    chosen = [server.server_id for server in servers]
    made = stage.command("create_protection_group", name=name, **_PLACE, sourceServerIds=chosen, idempotencyKey=key)
    listed = stage.drills.query_all("list_protection_groups", accountId=EAST)
    assert [group["groupId"] for group in listed if group["name"] == name] == [made["groupId"]]
    return made


def _holders(stage: ManagementStage, *servers: Server) -> list[list[str]]:
    """The names of the groups that the list of servers shows for each."""
    listed = {each["sourceServerId"]: each for each in stage.drills.query_all("list_source_servers", **_PLACE)}
    return [[group["name"] for group in listed[server.server_id]["groups"]] for server in servers]


def _name() -> str:
    return f"Name {uuid.uuid4()}"


def _account(stage: ManagementStage, number: str) -> Any:
    return stage.drills.query("get_target_account", accountId=number)


def _staging(stage: ManagementStage) -> list[str]:
    listed = stage.drills.query_all("list_staging_accounts", accountId=EAST)
    return [account["stagingAccountId"] for account in listed]


def _plans(stage: ManagementStage, name: str) -> list[Any]:
    listed = (item["plan"] for item in stage.drills.query_all("list_recovery_plans"))
    return [plan for plan in listed if plan["name"] == name]


def _subscribed(stage: ManagementStage, plan_id: str) -> dict[str, str]:
    plan = stage.drills.query("get_recovery_plan", planId=plan_id)
    return {entry["email"]: entry["state"] for entry in plan["notifications"]}


def _addresses(stage: ManagementStage) -> set[str]:
    """Every address that is subscribed to the topic."""
    pages = stage.drills.cloud.client("sns").get_paginator("list_subscriptions").paginate()
    return {entry["Endpoint"] for page in pages for entry in page["Subscriptions"]}


STORIES = [
    ManagementStory(
        an_account_is_registered_changed_and_removed,
        ("accounts>accounts.create_account", "accounts>accounts.update_account", "accounts>accounts.delete_account"),
    ),
    ManagementStory(
        a_staging_account_is_added_and_removed,
        ("staging_accounts>staging.add_staging_account", "staging_accounts>staging.remove_staging_account"),
    ),
    ManagementStory(
        a_group_is_created_changed_and_deleted,
        (
            "groups>groups.create_group",
            "launch_settings>launch_records.save_server_settings",
            "groups>groups.update_group",
            "groups>launch_records.remove_launch_records",
            "groups>groups.delete_group",
        ),
    ),
    ManagementStory(
        the_rows_of_servers_follow_their_groups,
        (
            "holdings>inventory.keep_holdings",
            "holdings>inventory.keep_holdings #2",
            "holdings>inventory.keep_holdings #3",
        ),
    ),
    ManagementStory(
        a_plan_is_created_changed_and_deleted,
        (
            "plans>plans.create_plan",
            "subscribing>subscriptions.add_subscription",
            "subscribing>subscriptions.put_subscription",
            "subscribing>subscriptions.record_subscription",
            "plans>plans.update_plan",
            "subscribing>subscriptions.remove_subscription",
            "plans>plans.delete_plan",
        ),
    ),
    ManagementStory(a_plan_is_weakened_by_two_persons, ("weakening>plans.record_first_person",)),
    ManagementStory(
        settings_are_changed,
        (
            "launch_settings>settings.save_setting",
            "tag_sync_settings>settings.save_setting",
            "outgoing_hosts>settings.save_setting",
        ),
    ),
    ManagementStory(
        a_document_is_imported,
        (
            "importing>audit.append_entry",
            "groups>groups.create_group",
            "importing>audit.close_entry",
            "plans>plans.create_plan",
        ),
    ),
]
