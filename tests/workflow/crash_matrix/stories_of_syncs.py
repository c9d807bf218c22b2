"""What is kept in step with AWS: launch settings, inventories, extensions and tags, with a function that dies."""

import itertools
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.figures import FigureName
from chalicelib.domain.estate.inventory import InventoryChange, RegionSighting, RegionState
from chalicelib.domain.estate.launch_templates import KEPT_VERSIONS
from chalicelib.domain.estate.registers import RegisteredGroup
from chalicelib.domain.estate.servers import OperatingSystem, SourceServer
from chalicelib.domain.estate.terms import TermKind
from chalicelib.execution.notices.notices import send_pending_notices
from chalicelib.settings import settings
from chalicelib.store.reads.estate.accounts import unlisted_account_ids
from chalicelib.store.reads.estate.figures import read_figures
from chalicelib.store.reads.estate.kept_rows import kept_rows, synced_regions
from chalicelib.store.reads.estate.launch_records import launch_records
from chalicelib.store.reads.estate.registers import read_register
from chalicelib.store.reads.estate.staging import staging_accounts_of
from chalicelib.store.reads.estate.syncs import kinds_without_newest
from chalicelib.store.reads.estate.terms import terms_of_place
from chalicelib.store.tables.configuration import ACCOUNTS, NEWEST_SYNCS, PLACE_REGISTERS, UniqueNameItem
from chalicelib.store.tables.estate import SyncRunItem
from chalicelib.store.tables.settings import SyncedTagsItem
from chalicelib.store.writes.estate.inventory import record_region, write_inventory
from tests.waiting import eventually
from tests.workflow.crash_matrix.management_stage import ManagementStage, ManagementStory
from tests.workflow.crash_matrix.stage import a_minute_later
from tests.workflow.drills import EAST, REGION_OF, WEST
from tests.workflow.listening import alerts_on_the_bus, kept_notices, without_topic

INVENTORY = "handle_sync_source_server_inventory"
_accounts = itertools.count(620_000_000_000)
_PLACE = {"accountId": EAST, "region": REGION_OF[EAST]}
_HOME = "eu-west-1"


def launch_settings_are_applied(stage: ManagementStage) -> None:
    """DRS and EC2 hold the last settings, the outcome is recorded, and old template versions are removed."""
    (server,) = stage.drills.servers(replication_state="STOPPED")
    chosen = {"sourceServerIds": [server.server_id], "name": f"Name {uuid.uuid4()}"}
    group_id = stage.command("create_protection_group", **_PLACE, **chosen)["groupId"]
    wanted = {}
    for number in range(KEPT_VERSIONS + 2):
        wanted = {"copyTags": False, "monitoring": number % 2 == 0}
        stage.command("update_protection_group", groupId=group_id, **chosen, launchDefaults=wanted, version=number + 1)
        answer = stage.command("apply_launch_settings", groupId=group_id)
        assert {item["outcome"] for item in answer["servers"]} <= {"APPLIED", "UNCHANGED"}
    held = stage.drills.drs(EAST).get_launch_configuration(sourceServerID=server.server_id)
    ec2 = stage.drills.cloud.client("ec2", account=EAST, region=REGION_OF[EAST])
    versions = ec2.describe_launch_template_versions(LaunchTemplateId=held["ec2LaunchTemplateID"])
    (default,) = (each for each in versions["LaunchTemplateVersions"] if each["DefaultVersion"])
    assert (held["copyTags"], default["LaunchTemplateData"]["Monitoring"]["Enabled"]) == (False, wanted["monitoring"])
    record = launch_records(group_id)[server.server_id]
    assert (bool(record.applied_hash), record.error) == (True, "")
    stage.command("delete_protection_group", groupId=group_id)


def an_edit_in_drs_is_found_on_demand(stage: ManagementStage) -> None:
    """And shown with its field, after the check has died at its record."""
    (server,) = stage.drills.servers(replication_state="STOPPED")
    chosen = {"sourceServerIds": [server.server_id], "name": f"Name {uuid.uuid4()}"}
    group_id = stage.command("create_protection_group", **_PLACE, **chosen, launchDefaults={"copyTags": True})[
        "groupId"
    ]
    stage.command("apply_launch_settings", groupId=group_id)
    stage.drills.drs(EAST).update_launch_configuration(sourceServerID=server.server_id, copyTags=False)
    stage.command("check_launch_settings", groupId=group_id)
    (shown,) = stage.drills.query_all("get_launch_settings", groupId=group_id)
    assert (shown["status"], [each["field"] for each in shown["drift"]]) == ("DRIFTED", ["copyTags"])
    stage.command("delete_protection_group", groupId=group_id)


def a_round_looks_for_drift(stage: ManagementStage) -> None:
    """A round that died leaves no end; the next one covers its time."""
    assert stage.command("run_sync", kind="launch-settings-drift")["outcome"] == "COMPLETED"
    assert _last_run("launch-settings-drift").outcome == "COMPLETED"


def what_is_kept_of_an_account_goes_with_it(stage: ManagementStage) -> None:
    """Its inventory and its links to staging accounts, and a repeated removal finds what an earlier one left."""
    number, staging, now = str(next(_accounts)), str(next(_accounts)), datetime.now(UTC)
    place = Place(number, REGION_OF[EAST])
    content = {"externalId": "a-secret-of-the-account", "regions": [place.region]}
    stage.command("register_target_account", accountId=number, name=f"Name {uuid.uuid4()}", **content)
    server = SourceServer("s-1", number, place.region, "web", OperatingSystem.LINUX, "CONTINUOUS", 0, {}, seen_at=now)
    write_inventory(place, InventoryChange((server,), ()), {})
    record_region(RegionSighting(place, RegionState.ACTIVE, 1, "", now))
    stage.command("add_staging_account", accountId=number, stagingAccountId=staging)
    stage.command("remove_target_account", accountId=number, done={"RecordNotFound"})
    assert stage.is_gone("get_target_account", accountId=number)
    assert (kept_rows(place).servers, synced_regions(number), staging_accounts_of(number)) == ((), [], [])


def the_inventory_is_synced_and_a_failing_place_is_reported(stage: ManagementStage) -> None:
    """The alert may be sent or kept twice and is never lost; the place that fails keeps its rows."""
    stage.command(INVENTORY)
    (server,) = stage.drills.servers(replication_state="STOPPED")
    with alerts_on_the_bus(stage.drills.cloud, "SYNC_FAILING") as bus:
        fault = stage.drills.fault("ACCESS_DENIED", match={"account": WEST, "operation": "DescribeSourceServers"})
        try:
            with without_topic(stage.drills.cloud):
                result = stage.command(INVENTORY)
                assert kept_notices("SYNC_FAILING")
        finally:
            stage.drills.cloud.emulator.remove_fault(fault)
        assert (result["outcome"], list(result["failures"])) == ("PARTIAL", [f"{WEST}/{REGION_OF[WEST]}"])
        assert bus.messages()
    send_pending_notices(None, a_minute_later())
    assert kept_notices("SYNC_FAILING") == []
    shown = stage.drills.query_all("list_source_servers", **_PLACE)
    assert server.server_id in {each["sourceServerId"] for each in shown}
    assert server.server_id in {term.term for term in terms_of_place(Place(EAST, REGION_OF[EAST]), TermKind.SERVER)}
    assert list(stage.drills.query_all("list_source_servers", accountId=WEST, region=REGION_OF[WEST]))
    assert stage.command(INVENTORY)["outcome"] == "COMPLETED"
    assert _last_run("source-server-inventory").outcome == "COMPLETED"
    estate = read_figures()[FigureName.ESTATE]
    assert (estate.problem, f'"accountId":"{WEST}"' in estate.value) == ("", True)


def groups_and_plans_are_counted(stage: ManagementStage) -> None:
    """What lists show of them is brought up to date by the same or the next sync."""
    (server,) = stage.drills.servers()
    name = f"Name {uuid.uuid4()}"
    made = stage.command("create_protection_group", name=name, **_PLACE, sourceServerIds=[server.server_id])
    waves = [{"number": 1, "name": "Wave", "protectionGroupIds": [made["groupId"]]}]
    plan_id = stage.command("create_recovery_plan", name=name, waves=waves)["planId"]
    stage.drills.cloud.emulator.set_replication(EAST, REGION_OF[EAST], server.server_id, state="BACKLOG", lag=99)
    assert stage.command(INVENTORY)["outcome"] in {"COMPLETED", "SKIPPED"}
    (group,) = stage.drills.query_all("list_protection_groups", q=name)
    (plan,) = stage.drills.query_all("list_recovery_plans", q=name)
    assert (group["servers"]["degradedCount"], plan["servers"]["degradedCount"]) == (1, 1)
    assert group["plans"] == [{"planId": plan_id, "name": name}]
    stage.command("delete_recovery_plan", planId=plan_id)
    stage.command("delete_protection_group", groupId=made["groupId"])


def what_lists_lack_is_completed(stage: ManagementStage) -> None:
    """What was saved before lists read it, of groups, accounts and runs, is completed by this sync or the next."""
    (server,) = stage.drills.servers()
    place = Place(EAST, REGION_OF[EAST])
    name = f"Name {uuid.uuid4()}"
    made = stage.command("create_protection_group", name=name, **_PLACE, sourceServerIds=[server.server_id])
    register = read_register(place)
    bare = {each: RegisteredGroup(group.version, group.plan_ids) for each, group in register.groups.items()}
    PLACE_REGISTERS.to_item(msgspec.structs.replace(register, groups=bare)).save()
    UniqueNameItem(ACCOUNTS, EAST).update([UniqueNameItem.listed.remove()])
    UniqueNameItem(NEWEST_SYNCS, "tags").delete()
    assert stage.command(INVENTORY)["outcome"] in {"COMPLETED", "SKIPPED"}
    assert stage.command(INVENTORY)["outcome"] == "COMPLETED"
    assert read_register(place).groups == register.groups
    assert (unlisted_account_ids(), kinds_without_newest()) == ([], [])
    stage.command("delete_protection_group", groupId=made["groupId"])


def the_inventory_is_synced_by_the_state_machine(stage: ManagementStage) -> None:
    """A run whose machine was never started stays without an end; the repeated one does the work."""
    (server,) = stage.drills.servers(replication_state="STOPPED")
    with _by_the_map():
        stage.command(INVENTORY)
        eventually(lambda: _last_run("source-server-inventory").outcome == "COMPLETED")
        stage.drills.wait_until_idle()
    shown = stage.drills.query_all("list_source_servers", **_PLACE)
    assert server.server_id in {each["sourceServerId"] for each in shown}


def recovery_instances_are_synced(stage: ManagementStage) -> None:
    (server,) = stage.drills.servers()
    drs = stage.drills.drs(EAST)
    job = drs.start_recovery(sourceServers=[{"sourceServerID": server.server_id}], isDrill=True)["job"]["jobID"]
    eventually(lambda: drs.describe_jobs(filters={"jobIDs": [job]})["items"][0]["status"] == "COMPLETED")
    stage.command("handle_sync_recovery_instances")
    (shown,) = stage.drills.query_all("list_recovery_instances", sourceServerId=server.server_id)
    assert (shown["mode"], shown["state"]) == ("DRILL", "RUNNING")


def servers_of_a_staging_account_are_extended(stage: ManagementStage) -> None:
    """Each of them once."""
    number, emulator = str(next(_accounts)), stage.drills.cloud.emulator
    emulator.initialize(number, REGION_OF[EAST])
    names = [f"staged-{number}-{each}" for each in range(2)]
    for hostname in names:
        emulator.add_source_server(number, REGION_OF[EAST], hostname=hostname, replication_state="DISCONNECTED")
    link = {"accountId": EAST, "stagingAccountId": number}
    stage.command("add_staging_account", **link)
    stage.command("sync_staging_accounts", accountId=EAST)
    found = stage.drills.drs(EAST).describe_source_servers(filters={"stagingAccountIDs": [number]})["items"]
    assert sorted(item["sourceProperties"]["identificationHints"]["hostname"] for item in found) == names
    stage.command("remove_staging_account", **link)


def tags_follow_the_source_instance(stage: ManagementStage) -> None:
    """What people set in DRS stays, what the sync has written is removed again, and nothing is left on record."""
    ec2 = stage.drills.cloud.client("ec2", account=WEST, region=_HOME)
    started = ec2.run_instances(ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1)["Instances"]
    instance_id = started[0]["InstanceId"]
    _tag(ec2, instance_id, Old="1", Kept="2")
    origin = {"origin_account": WEST, "origin_region": _HOME, "origin_instance_id": instance_id}
    (server,) = stage.drills.servers(replication_state="DISCONNECTED", tags={"Mine": "stays"}, **origin)
    drs, arn = stage.drills.drs(EAST), f"arn:aws:drs:{REGION_OF[EAST]}:{EAST}:source-server/{server.server_id}"
    stage.command("sync_tags")
    assert drs.list_tags_for_resource(resourceArn=arn)["tags"] == {"Mine": "stays", "Old": "1", "Kept": "2"}
    ec2.delete_tags(Resources=[instance_id], Tags=[{"Key": "Old"}])
    _tag(ec2, instance_id, New="3", Kept="4")
    stage.command("sync_tags")
    assert drs.list_tags_for_resource(resourceArn=arn)["tags"] == {"Mine": "stays", "New": "3", "Kept": "4"}
    drs.delete_source_server(sourceServerID=server.server_id)
    stage.command("sync_tags")
    ours = SyncedTagsItem.source_server_id == server.server_id
    assert list(SyncedTagsItem.query(f"{EAST}#{REGION_OF[EAST]}", ours)) == []
    ec2.terminate_instances(InstanceIds=[instance_id])


@contextmanager
def _by_the_map() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INVENTORY_SYNC", "MAP")
        settings.cache_clear()
        yield
    settings.cache_clear()


def _tag(ec2: Any, instance_id: str, **tags: str) -> None:
    ec2.create_tags(Resources=[instance_id], Tags=[{"Key": key, "Value": value} for key, value in tags.items()])


def _last_run(kind: str) -> SyncRunItem:
    return next(iter(SyncRunItem.query(kind, scan_index_forward=False, limit=1, consistent_read=True)))


STORIES = [
    ManagementStory(
        launch_settings_are_applied,
        (
            "apply_settings>launch_outcomes.claim_apply",
            "applying>launch_settings.update_launch_configuration",
            "applying>launch_settings.create_template_version",
            "applying>launch_settings.make_default_version",
            "applying>launch_settings.delete_template_versions",
            "apply_settings>launch_outcomes.record_outcome",
            "apply_settings>launch_outcomes.release_apply",
        ),
    ),
    ManagementStory(
        the_inventory_is_synced_and_a_failing_place_is_reported,
        (
            "sync_frame>syncs.begin_sync",
            "inventory_sync>inventory.write_inventory",
            "search_terms>terms.write_terms",
            "inventory_sync>inventory.record_region",
            "alerts>notices.send_notice",
            "alerts>outbox.keep_unsent_notice",
            "figures>figures.save_figures",
            "sync_frame>syncs.end_sync",
        ),
    ),
    ManagementStory(
        what_lists_lack_is_completed,
        (
            "list_repairs>registers.complete_register",
            "list_repairs>accounts.complete_list",
            "list_repairs>syncs.complete_newest",
        ),
    ),
    ManagementStory(
        groups_and_plans_are_counted,
        ("group_standings>standings.keep_group", "plan_standings>standings.keep_plan"),
    ),
    ManagementStory(
        the_inventory_is_synced_by_the_state_machine,
        ("inventory_sync>syncs.begin_sync", "inventory_sync>inventory_map.start_inventory_map"),
    ),
    ManagementStory(an_edit_in_drs_is_found_on_demand, ("drift_looks>launch_outcomes.record_check",)),
    ManagementStory(a_round_looks_for_drift, ("drift_rounds>syncs.begin_sync", "drift_rounds>syncs.end_sync")),
    ManagementStory(
        what_is_kept_of_an_account_goes_with_it,
        ("forgetting>staging.remove_staging_account", "forgetting>kept_rows.remove_rows"),
    ),
    ManagementStory(recovery_instances_are_synced, ("recovery_instance_sync>recovery_instances.write_instances",)),
    ManagementStory(
        servers_of_a_staging_account_are_extended,
        (
            "staging_sync>syncs.begin_sync_of_account",
            "staging_sync>extensions.extend_server",
            "staging_sync>extensions.extend_server #2",
            "staging_sync>syncs.end_sync",
        ),
    ),
    ManagementStory(
        tags_follow_the_source_instance,
        (
            "tag_sync>synced_tags.record_written_tags",
            "tag_sync>server_tags.write_tags",
            "tag_sync>server_tags.remove_tags",
            "tag_sync>synced_tags.forget_servers",
        ),
    ),
]
