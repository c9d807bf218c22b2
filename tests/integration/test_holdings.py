"""The rows of source servers say which groups hold them, so that a page of servers costs nothing but its rows."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec
import pytest

from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.registers import RegisteredGroup
from chalicelib.management.estate import holdings
from chalicelib.store.reads.estate.registers import read_register
from chalicelib.store.tables.configuration import PLACE_REGISTERS, UniqueNameItem
from chalicelib.store.tables.estate import SourceServerItem, account_region
from local.aws_calls import AwsCall
from local.cloud import LocalCloud
from tests.observed import MANAGEMENT, REST, before_the_first, calls_of

from .conftest import EAST, REGION_OF, RestClient, without_table

Make = Callable[..., Any]
PLACE = {"accountId": EAST, "region": REGION_OF[EAST]}
EASTERN = Place(EAST, REGION_OF[EAST])
ROWS, REGISTERS_TABLE = SourceServerItem.Meta.table_name, UniqueNameItem.Meta.table_name


class Shown:
    """What the list of servers shows of the groups of some servers, and how it was read."""

    def __init__(self, cloud: LocalCloud, admin: RestClient) -> None:
        self._cloud, self._admin = cloud, admin
        self.calls: list[AwsCall] = []

    def names(self, *server_ids: str, **filters: str) -> dict[str, list[str]]:
        """The names of the groups by server."""
        with calls_of(self._cloud, REST) as calls:
            every = list(self._admin.all_items("/drs/source-servers", limit=1_000, **PLACE, **filters))
        self.calls = [call for call in calls if call.operation in {"Query", "BatchGetItem", "GetItem"}]
        return {
            each["sourceServerId"]: [group["name"] for group in each["groups"]]
            for each in every
            if each["sourceServerId"] in server_ids
        }

    @property
    def registers_read(self) -> int:
        """How often the last list has read registers."""
        return sum(REGISTERS_TABLE in call.params.get("RequestItems", {}) for call in self.calls)

    @property
    def calls_a_page(self) -> float:
        """The calls of the last list for each of its pages, of which other tests' servers can make more than one."""
        pages = sum(call.operation == "Query" for call in self.calls)
        return len(self.calls) / pages


@pytest.fixture
def shown(cloud: LocalCloud, admin: RestClient) -> Shown:
    return Shown(cloud, admin)


@pytest.fixture
def saved(admin: RestClient) -> Make:
    """Saves another content of a group."""

    def save(group: Any, **content: Any) -> Any:
        path, known = f"/protection-groups/{group['groupId']}", {"name": group["name"], "version": group["version"]}
        answer = admin("PUT", path, {**known, **content})
        assert answer.status == 200, answer.body
        return answer.body

    return save


def row_of(server_id: str) -> SourceServerItem:
    return SourceServerItem.get(account_region(EASTERN), server_id, consistent_read=True)


def lagging(cloud: LocalCloud, server_id: str) -> None:
    """Makes the next sync write the row of a server."""
    cloud.emulator.set_replication(EAST, REGION_OF[EAST], server_id, state="BACKLOG", lag=99)


def test_rows_follow_the_saves_of_groups_by_ids(
    admin: RestClient, shown: Shown, new_servers: Make, new_group: Make, saved: Make, sync: Make, new_name: Make
) -> None:
    one, two, three = new_servers(3)
    sync()
    group = new_group(sourceServerIds=[one, two])
    name = group["name"]
    assert shown.names(one, two, three) == {one: [name], two: [name], three: []}
    assert shown.registers_read == 0
    group = saved(group, sourceServerIds=[two, three])
    assert shown.names(one, two, three) == {one: [], two: [name], three: [name]}
    renamed = new_name()
    group = saved(group, name=renamed, sourceServerIds=[two, three])
    assert shown.names(two, three) == {two: [renamed], three: [renamed]}
    assert shown.names(two, three, groupId=group["groupId"]) == {two: [renamed], three: [renamed]}
    assert (shown.registers_read, shown.calls_a_page) == (0, 2)
    assert admin("DELETE", f"/protection-groups/{group['groupId']}").status == 200
    assert shown.names(one, two, three) == {one: [], two: [], three: []}
    assert shown.registers_read == 0


def test_rows_follow_the_saves_of_groups_by_tags(
    admin: RestClient, shown: Shown, new_servers: Make, new_group: Make, saved: Make, sync: Make, new_name: Make
) -> None:
    tag = new_name()
    (web,), (data,) = new_servers(Tier=f"web {tag}"), new_servers(Tier=f"data {tag}")
    sync()
    group = new_group(tags={"Tier": f"web {tag}"})
    name = group["name"]
    assert shown.names(web, data) == {web: [name], data: []}
    group = saved(group, tags={"Tier": f"data {tag}"})
    assert shown.names(web, data) == {web: [], data: [name]}
    group = saved(group, sourceServerIds=[web])
    assert shown.names(web, data) == {web: [name], data: []}
    group = saved(group, tags={"Tier": f"data {tag}"})
    assert admin("DELETE", f"/protection-groups/{group['groupId']}").status == 200
    assert shown.names(web, data) == {web: [], data: []}
    assert shown.registers_read == 0


def test_rows_follow_an_import(invoke: Make, shown: Shown, new_servers: Make, sync: Make, new_name: Make) -> None:
    (server,) = new_servers()
    sync()
    name = new_name()
    document = {"schemaVersion": 1, "groups": [{"name": name, **PLACE, "sourceServerIds": [server]}]}
    report = invoke(MANAGEMENT, "import_configuration", {"document": document}).body
    assert [item["outcome"] for item in report["items"]] == ["DONE"]
    assert shown.names(server) == {server: [name]}
    assert shown.registers_read == 0


def test_a_server_whose_tags_change_is_shown_in_its_new_group(
    cloud: LocalCloud, shown: Shown, new_servers: Make, new_group: Make, sync: Make, new_name: Make
) -> None:
    """Although the register has not changed since its row was written."""
    tag = new_name()
    (server,) = new_servers(Tier=f"web {tag}")
    web, data = new_group(tags={"Tier": f"web {tag}"}), new_group(tags={"Tier": f"data {tag}"})
    sync()
    assert shown.names(server) == {server: [web["name"]]}
    version = read_register(EASTERN).version
    drs = cloud.client("drs", account=EAST, region=REGION_OF[EAST])
    arn = f"arn:aws:drs:{REGION_OF[EAST]}:{EAST}:source-server/{server}"
    drs.tag_resource(resourceArn=arn, tags={"Tier": f"data {tag}"})
    sync()
    assert shown.names(server) == {server: [data["name"]]}
    assert (shown.registers_read, read_register(EASTERN).version) == (0, version)


def test_rows_of_an_earlier_version_are_completed_by_the_sync(
    shown: Shown, new_group: Make, sync: Make, cloud: LocalCloud
) -> None:
    group = new_group()
    (server,) = group["sourceServerIds"]
    sync()
    row_of(server).update([SourceServerItem.held_by.remove(), SourceServerItem.held_at.remove()])
    assert shown.names(server) == {server: [group["name"]]}
    assert (shown.registers_read, shown.calls_a_page) == (1, 2), "the register of its place is read with the rest"
    sync()
    assert shown.names(server) == {server: [group["name"]]}
    assert shown.registers_read == 0
    with calls_of(cloud, MANAGEMENT) as calls:
        sync()
    assert [call for call in calls if call.operation == "TransactWriteItems" and ROWS in str(call.params)] == []


def test_a_place_whose_register_has_no_room_is_shown_as_before(
    shown: Shown, new_group: Make, new_servers: Make, saved: Make, sync: Make
) -> None:
    """What a save changes is then unknown to its rows, and the next register that describes its groups completes it."""
    one, other = new_servers(2)
    group = new_group(sourceServerIds=[one])
    new_group()
    sync()
    register = read_register(EASTERN)
    bare = {each: RegisteredGroup(known.version, known.plan_ids) for each, known in register.groups.items()}
    PLACE_REGISTERS.to_item(msgspec.structs.replace(register, groups=bare)).save()
    saved(group, sourceServerIds=[other])
    assert [row_of(server).held_by for server in (one, other)] == [None, None]
    assert shown.names(one, other) == {one: [], other: [group["name"]]}
    assert shown.registers_read == 1
    sync()
    assert shown.names(one, other) == {one: [], other: [group["name"]]}
    assert shown.registers_read == 0


def test_a_save_that_dies_after_its_commit_is_shown_by_the_next_sync(
    admin: RestClient, cloud: LocalCloud, shown: Shown, new_servers: Make, sync: Make, new_name: Make
) -> None:
    (server,) = new_servers()
    sync()
    name = new_name()
    cloud.runtime.crash_next(MANAGEMENT, service="dynamodb", operation="TransactWriteItems", when="after")
    assert admin("POST", "/protection-groups", {"name": name, **PLACE, "sourceServerIds": [server]}).status == 504
    assert shown.names(server) == {server: []}
    sync()
    assert shown.names(server) == {server: [name]}


def test_rows_that_cannot_be_written_do_not_fail_the_save(
    cloud: LocalCloud, shown: Shown, new_servers: Make, new_group: Make, sync: Make,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    servers = new_servers(2)
    sync()
    with ExitStack() as stack:

        def take_the_table() -> None:
            stack.enter_context(without_table(cloud, "source-server-inventory"))

        with stopped_at("TransactWriteItems", ROWS, cloud, take_the_table):
            group = new_group(sourceServerIds=servers)
    assert '"groups of servers not shown"' in capsys.readouterr().out
    sync()
    assert shown.names(*servers) == {server: [group["name"]] for server in servers}


def test_a_save_does_not_wait_long_for_the_rows_of_many_servers(
    shown: Shown, new_servers: Make, new_group: Make, sync: Make,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    servers = new_servers(3)
    sync()
    monkeypatch.setattr(holdings, "_MOST_SECONDS", -1.0)
    monkeypatch.setattr(holdings, "_BEFORE_A_LOOK", 1)
    group = new_group(sourceServerIds=servers)
    assert sorted(shown.names(*servers).values()) == [[], [], [group["name"]]]
    assert "There was no time for 2 servers." in capsys.readouterr().out
    sync()
    assert shown.names(*servers) == {server: [group["name"]] for server in servers}


@contextmanager
def stopped_at(operation: str, table: str, cloud: LocalCloud, meanwhile: Callable[[], None]) -> Iterator[None]:
    """The management function's first such call for the place waits until ``meanwhile`` is done."""

    def is_here(call: AwsCall, function: str | None) -> bool:
        about_it = table in str(call.params) and account_region(EASTERN) in str(call.params)
        return (function, call.operation) == (MANAGEMENT, operation) and about_it

    with before_the_first(cloud, is_here, lambda _: meanwhile()):
        yield


@pytest.mark.parametrize("dies", [False, True], ids=["shown", "dies"])
@pytest.mark.parametrize(
    ("operation", "table"),
    [("BatchWriteItem", ROWS), ("BatchGetItem", REGISTERS_TABLE), ("TransactWriteItems", ROWS)],
    ids=["before the rows", "before the register", "before the holdings"],
)
def test_a_save_in_the_middle_of_a_sync_is_shown_after_it(
    admin: RestClient, cloud: LocalCloud, shown: Shown, new_servers: Make, new_group: Make, saved: Make, sync: Make,
    operation: str, table: str, dies: bool,
) -> None:  # fmt: skip
    """The sync also writes the rows of both servers, with what it knew of them before the save."""
    one, other, third = new_servers(3)
    sync()
    group = new_group(sourceServerIds=[one])
    new_group(sourceServerIds=[third])
    row_of(third).update([SourceServerItem.held_by.set(())])
    for server in (one, other):
        lagging(cloud, server)

    def save() -> None:
        if dies:
            cloud.runtime.crash_next(MANAGEMENT, service="dynamodb", operation="TransactWriteItems", when="after")
            content = {"name": group["name"], "version": group["version"], "sourceServerIds": [other]}
            assert admin("PUT", f"/protection-groups/{group['groupId']}", content).status == 504
        else:
            saved(group, sourceServerIds=[other])

    with stopped_at(operation, table, cloud, save):
        sync()
    if dies and operation == "TransactWriteItems":
        sync()
    assert shown.names(one, other) == {one: [], other: [group["name"]]}
    assert shown.registers_read == 0
