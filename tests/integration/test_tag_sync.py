"""The sync of tags: tags of source instances in EC2 become tags of source servers in DRS."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.store.tables.configuration import RUNNING_SYNCS, UniqueNameItem
from chalicelib.store.tables.estate import SyncRunItem
from chalicelib.store.tables.settings import SettingItem, SyncedTagsItem
from local.aws_calls import AwsCall
from local.client_hooks import Crash
from local.cloud import LocalCloud

from .conftest import EAST, REGION_OF, WEST, Answer, RestClient

HOME = "eu-west-1"
"""The Region of the source instances, which have tags; they are replicated to the Region of their account."""

_numbers = itertools.count(1)
Make = Callable[..., Any]


class Machine:
    """A source instance in EC2 with its source server in DRS."""

    def __init__(
        self, cloud: LocalCloud, *, account: str, home: str, tags: dict[str, str], drs: dict[str, str]
    ) -> None:
        self.account, self.region, self._deleted = account, REGION_OF[account], False
        self._ec2 = cloud.client("ec2", account=home, region=HOME)
        self._drs = cloud.client("drs", account=account, region=self.region)
        self.instance_id = self._ec2.run_instances(ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1)[
            "Instances"
        ][0]["InstanceId"]
        self.tag(**tags)
        self.hostname = f"tagged-{next(_numbers)}"
        self.server_id = cloud.emulator.add_source_server(
            account,
            self.region,
            hostname=self.hostname,
            tags=drs,
            replication_state="DISCONNECTED",
            origin_account=home,
            origin_region=HOME,
            origin_instance_id=self.instance_id,
        )
        self.arn = f"arn:aws:drs:{self.region}:{account}:source-server/{self.server_id}"

    def tag(self, **tags: str) -> None:
        wanted = [{"Key": key, "Value": value} for key, value in tags.items()]
        if wanted:
            self._ec2.create_tags(Resources=[self.instance_id], Tags=wanted)

    def untag(self, *keys: str) -> None:
        self._ec2.delete_tags(Resources=[self.instance_id], Tags=[{"Key": key} for key in keys])

    def end(self) -> None:
        self._ec2.terminate_instances(InstanceIds=[self.instance_id])

    def tag_in_drs(self, **tags: str) -> None:
        self._drs.tag_resource(resourceArn=self.arn, tags=tags)

    @property
    def tags(self) -> dict[str, str]:
        """Its tags in DRS."""
        found: dict[str, str] = self._drs.list_tags_for_resource(resourceArn=self.arn)["tags"]
        return found

    @property
    def recorded(self) -> dict[str, tuple[str, ...]]:
        items = SyncedTagsItem.query(f"{self.account}#{self.region}", SyncedTagsItem.source_server_id == self.server_id)
        return {key: value for item in items for key, value in item.written.items()}

    def delete(self) -> None:
        if not self._deleted:
            self._drs.delete_source_server(sourceServerID=self.server_id)
        self._deleted = True


@pytest.fixture
def machine(cloud: LocalCloud) -> Iterator[Make]:
    made: list[Machine] = []

    def add(*, account: str = EAST, home: str = WEST, drs: dict[str, str] | None = None, **tags: str) -> Machine:
        made.append(Machine(cloud, account=account, home=home, tags=tags, drs=drs or {}))
        return made[-1]

    yield add
    for item in made:
        item.end()
        item.delete()


@pytest.fixture
def sync_tags(invoke: Callable[..., Answer]) -> Callable[..., Any]:
    """Runs the sync of tags; returns its answer."""

    def run(**body: Any) -> Any:
        answer = invoke("data-management-handler", "sync_tags", body)
        assert answer.status == 200, answer.body
        return answer.body

    return run


@pytest.fixture
def calls(cloud: LocalCloud) -> Iterator[list[AwsCall]]:
    """The calls to AWS while the test runs."""
    seen: list[AwsCall] = []
    stop = cloud.front.observe(lambda call, function: seen.append(call) if function else None)
    yield seen
    stop()


def changes_of(calls: list[AwsCall], service: str = "drs") -> list[AwsCall]:
    return [call for call in calls if call.service == service and call.operation in {"TagResource", "UntagResource"}]


def test_tags_follow_those_of_an_instance_in_another_account_and_region(machine: Make, sync_tags: Make) -> None:
    web = machine(drs={"Mine": "stays", "Tier": "old"}, Tier="web", Name="web-1")
    first = sync_tags()
    assert web.tags == {"Mine": "stays", "Tier": "web", "Name": "web-1"}
    assert (first["dryRun"], first["run"]["outcome"], first["moreChanges"]) == (False, "COMPLETED", 0)
    (change,) = (each for each in first["changes"] if each["sourceServerId"] == web.server_id)
    assert (change["written"], change["replaced"]) == ({"Tier": "web", "Name": "web-1"}, {"Tier": "old"})
    web.untag("Tier", "Mine")
    sync_tags()
    assert web.tags == {"Mine": "stays", "Name": "web-1"}


def test_a_sync_without_changes_changes_nothing(machine: Make, sync_tags: Make, calls: list[AwsCall]) -> None:
    machine(Tier="web")
    sync_tags()
    calls.clear()
    again = sync_tags()
    assert (again["changes"], again["run"]["written"], again["run"]["removed"]) == ([], 0, 0)
    assert changes_of(calls) == []
    written = {
        str(call.params.get("TableName", "")) for call in calls if call.operation in {"PutItem", "BatchWriteItem"}
    }
    assert not any("synced-tags" in table for table in written)


def test_what_people_set_in_drs_stays_even_if_the_sync_had_written_that_tag(machine: Make, sync_tags: Make) -> None:
    web = machine(Tier="web")
    sync_tags()
    web.tag_in_drs(Tier="by hand")
    web.untag("Tier")
    sync_tags()
    assert web.tags == {"Tier": "by hand"}
    assert web.recorded == {}


def test_a_server_whose_instance_is_gone_keeps_its_tags(machine: Make, sync_tags: Make) -> None:
    web = machine(Tier="web")
    sync_tags()
    web.end()
    assert sync_tags()["run"]["outcome"] == "COMPLETED"
    assert web.tags == {"Tier": "web"}


def test_the_record_of_a_server_that_left_drs_is_removed(machine: Make, sync_tags: Make) -> None:
    web = machine(Tier="web")
    sync_tags()
    assert web.recorded
    web.delete()
    sync_tags()
    assert not web.recorded


def test_a_dry_run_shows_the_changes_and_makes_none(machine: Make, sync_tags: Make, calls: list[AwsCall]) -> None:
    web = machine(Tier="web")
    runs = SyncRunItem.count("tags")
    shown = sync_tags(dryRun=True)
    assert web.server_id in {change["sourceServerId"] for change in shown["changes"]}
    assert shown["dryRun"]
    assert (web.tags, web.recorded, SyncRunItem.count("tags"), changes_of(calls)) == ({}, {}, runs, [])


def test_each_account_is_changed_by_its_own_role_only(
    machine: Make, sync_tags: Make, calls: list[AwsCall], cloud: LocalCloud
) -> None:
    """The instances of each account's servers are in the other account, where nothing may be changed."""
    machine(account=EAST, home=WEST, Tier="a")
    machine(account=WEST, home=EAST, Tier="b")
    sync_tags()
    made = changes_of(calls)
    assert {call.params["resourceArn"].split(":")[4] for call in made} == {EAST, WEST}
    for call in made:
        _, _, _, region, account, _ = call.params["resourceArn"].split(":", 5)
        assert (call.region, cloud.identities.account_of(call.access_key)) == (region, account)
    assert {call.operation for call in calls if call.service == "ec2"} == {"DescribeInstances"}


def test_a_failing_account_does_not_stop_the_other(machine: Make, sync_tags: Make, cloud: LocalCloud) -> None:
    east, west = machine(account=EAST, Tier="a"), machine(account=WEST, Tier="b")
    match = {"account": EAST, "operation": "TagResource"}
    fault = cloud.emulator.add_fault({"kind": "ACCESS_DENIED", "match": match})
    failed = sync_tags()["run"]
    cloud.emulator.remove_fault(fault)
    assert (east.tags, west.tags) == ({}, {"Tier": "b"})
    place = f"{EAST}/{REGION_OF[EAST]}"
    assert list(failed["failures"]) == [place]
    assert "AccessDeniedException" in failed["failures"][place]
    sync_tags()
    assert east.tags == {"Tier": "a"}


def test_an_instance_in_an_account_that_is_not_registered_is_named(machine: Make, sync_tags: Make) -> None:
    foreign, known = machine(home="999988887777", Tier="a"), machine(Tier="b")
    reason = sync_tags()["run"]["failures"][f"{EAST}/{REGION_OF[EAST]}"]
    assert f"999988887777/{HOME}" in reason
    assert "register the account first" in reason
    assert (foreign.tags, known.tags) == ({}, {"Tier": "b"})


def test_a_tag_that_a_group_lives_on_is_not_taken_away_without_force(
    machine: Make, sync_tags: Make, new_group: Make, admin: RestClient, sync: Make
) -> None:
    web, other = machine(drs={"Lives": "on-this"}, Lives="on-this"), machine(Tier="b")
    sync()
    group = new_group(tags={"Lives": "on-this"})
    web.tag(Lives="on-that")
    dry = sync_tags(dryRun=True)
    (warned,) = (change for change in dry["changes"] if change["sourceServerId"] == web.server_id)
    assert warned["leavesGroups"] == [group["name"]]
    run = sync_tags()["run"]
    assert (web.tags, other.tags) == ({"Lives": "on-this"}, {"Tier": "b"})
    reason = run["failures"][f"{EAST}/{REGION_OF[EAST]}"]
    assert run["outcome"] == "PARTIAL"
    assert "1 server held back." in reason
    assert f"{web.hostname}: The server would no longer be in the protection group '{group['name']}'" in reason
    sync_tags(force=True)
    assert web.tags == {"Lives": "on-that"}
    admin("DELETE", f"/protection-groups/{group['groupId']}")


# --- settings and schedule ---


@pytest.fixture
def settings(admin: RestClient) -> Iterator[Make]:
    """Changes the settings; before and afterwards they are the defaults."""

    def change(**content: Any) -> Answer:
        version = admin.get("/config/tag-sync").body["version"]
        return admin("PUT", "/config/tag-sync", {"version": version, **content})

    SettingItem(name="tag-sync").delete()
    yield change
    SettingItem(name="tag-sync").delete()


def scheduled(cloud: LocalCloud) -> Any:
    result = cloud.scheduler.run_now("tag-sync")
    assert result.function_error is None, result.payload
    return result.value["body"]


def test_the_schedule_obeys_the_interval_and_the_off_switch(
    cloud: LocalCloud, settings: Make, invoke: Make, sync_tags: Make, admin: RestClient
) -> None:
    sync_tags()
    assert (scheduled(cloud)["outcome"], scheduled(cloud)["reason"]) == ("SKIPPED", "The sync of tags runs every hour.")
    newest = next(SyncRunItem.query("tags", scan_index_forward=False, limit=1))
    status = admin.get("/drs/tag-sync").body
    assert status["lastRun"]["outcome"] == newest.outcome
    for item in SyncRunItem.query("tags"):
        item.delete()
    assert scheduled(cloud)["outcome"] == "COMPLETED"
    assert settings(enabled=False, everyHours=12).status == 200
    assert scheduled(cloud)["reason"] == "The sync of tags is switched off."
    refused = invoke("data-management-handler", "sync_tags", {})
    assert (refused.status, refused.error) == (409, "StateConflict")
    assert sync_tags(dryRun=True)["dryRun"]
    off = admin.get("/drs/tag-sync").body
    assert (off["settings"]["everyHours"], off["nextRunAt"]) == (12, None)


def test_settings_are_changed_from_their_current_version_only(settings: Make) -> None:
    assert settings(everyHours=2).body["version"] == 1
    stale = settings(everyHours=3, version=0)
    assert (stale.status, stale.error, stale.details["currentVersion"]) == (409, "StaleVersion", 1)


@pytest.mark.parametrize(("field", "value"), [("everyHours", 0), ("everyHours", 25), ("enabled", "perhaps"), ("x", 1)])
def test_settings_that_mean_nothing_are_refused_by_name(settings: Make, field: str, value: Any) -> None:
    assert field in settings(**{field: value}).problems


# --- deaths ---

WRITES = [
    ("dynamodb", "PutItem", 1, {"TableName": "aws-drs-orchestration-synced-tags-local"}),
    ("drs", "TagResource", 1, None),
    ("drs", "UntagResource", 1, None),
    ("dynamodb", "PutItem", 2, {"TableName": "aws-drs-orchestration-synced-tags-local"}),
    ("dynamodb", "UpdateItem", 1, {"TableName": "aws-drs-orchestration-sync-runs-local"}),
]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("service", "operation", "nth", "matching"), WRITES)
def test_after_a_death_at_any_write_the_next_run_does_the_rest_and_takes_nothing_that_is_not_its_own(
    cloud: LocalCloud, machine: Make, sync_tags: Make, when: str, service: str, operation: str, nth: int, matching: Any
) -> None:
    web = machine(drs={"Mine": "stays"}, Old="1", Kept="2")
    sync_tags()
    web.untag("Old")
    web.tag(New="3", Kept="4")
    function = "data-management-handler"
    crash = Crash(function=function, service=service, operation=operation, when=when, nth=nth, matching=matching)
    cloud.runtime.crashes.add(crash)
    died = cloud.runtime.invoke(function, {"operation": "sync_tags", "body": {}})
    cloud.runtime.crashes.clear()
    assert died.function_error, "no function died"
    UniqueNameItem(scope=RUNNING_SYNCS, name_key="tags").delete()  # as if the function's time were up
    sync_tags()
    assert web.tags == {"Mine": "stays", "Kept": "4", "New": "3"}
    web.untag("New", "Kept")
    sync_tags()
    assert (web.tags, web.recorded) == ({"Mine": "stays"}, {})
