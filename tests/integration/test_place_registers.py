"""The register of a place: what a save costs, what happens in a race or after a death, and its limits."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from chalicelib.domain.estate import registers
from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.registers import PlaceRegister, RegisteredGroup
from chalicelib.management import saving
from chalicelib.store.reads.estate.registers import read_register
from chalicelib.store.tables.configuration import PLACE_REGISTERS
from local.aws_calls import AwsCall
from local.cloud import LocalCloud
from tests.observed import MANAGEMENT, calls_of

from .conftest import EAST, REGION_OF, WEST, RestClient, waves_of

PLACE = {"accountId": EAST, "region": REGION_OF[EAST]}
EASTERN = Place(EAST, REGION_OF[EAST])
Make = Callable[..., Any]


@contextmanager
def counted(cloud: LocalCloud) -> Iterator[Counter[str]]:
    """The calls that the management side makes in DynamoDB, without its two audit entries."""
    calls: Counter[str] = Counter()

    def note(call: AwsCall, function: str | None) -> None:
        if call.service == "dynamodb" and function == "data-management-handler" and call.operation != "PutItem":
            calls[call.operation] += 1

    stop = cloud.front.observe(note)
    try:
        yield calls
    finally:
        stop()


def test_a_group_of_any_size_is_created_changed_and_deleted_in_one_transaction_each(
    admin: RestClient, cloud: LocalCloud, new_servers: Make, new_name: Make
) -> None:
    def life_of(servers: list[str], others: list[str]) -> tuple[Counter[str], list[int]]:
        with counted(cloud) as calls:
            name = new_name()
            made = admin("POST", "/protection-groups", {"name": name, **PLACE, "sourceServerIds": servers})
            path = f"/protection-groups/{made.body['groupId']}"
            statuses = [
                admin("PUT", path, {"name": name, "sourceServerIds": chosen, "version": version}).status
                for version, chosen in enumerate([servers[:1], [*servers[:1], *others]], start=1)
            ]
            return calls, [made.status, *statuses, admin("DELETE", path).status]

    few, many = life_of(new_servers(2), new_servers(2)), life_of(new_servers(130), new_servers(130))
    assert few[1] == many[1] == [201, 200, 200, 200]
    assert many[0] - few[0] == Counter(BatchGetItem=4), "after each transaction, the rows of servers, 100 a request"
    assert many[0]["TransactWriteItems"] == 4


@pytest.mark.parametrize("selection", ["ids", "tags"])
def test_nothing_is_read_between_the_register_and_the_transaction(
    admin: RestClient, cloud: LocalCloud, new_servers: Make, new_group: Make, new_name: Make, selection: str
) -> None:
    """However many groups there are, little time is left in which another save of the place can come first."""
    for _ in range(3):
        new_group()
    chosen = {"sourceServerIds": new_servers(1)} if selection == "ids" else {"tags": {"Alone": new_name()}}
    with calls_of(cloud, MANAGEMENT) as calls:
        made = admin("POST", "/protection-groups", {"name": new_name(), **PLACE, **chosen})
    assert made.status == 201
    operations = [call.operation for call in calls if call.service == "dynamodb"]
    following = "BatchGetItem" if selection == "ids" else "Query"
    assert operations[-4:] == ["BatchGetItem", "TransactWriteItems", following, "PutItem"], (
        "register, save, rows of its servers, end of the audit"
    )
    assert admin("DELETE", f"/protection-groups/{made.body['groupId']}").status == 200


def test_servers_are_free_again_when_a_large_group_releases_them(
    admin: RestClient, new_servers: Make, new_group: Make
) -> None:
    servers = new_servers(110)
    group = new_group(sourceServerIds=servers)
    content = {"name": group["name"], "sourceServerIds": servers[:5], "version": 1}
    assert admin("PUT", f"/protection-groups/{group['groupId']}", content).status == 200
    assert new_group(sourceServerIds=servers[5:])


def test_a_plan_is_saved_in_one_transaction_for_any_number_of_groups(
    admin: RestClient, cloud: LocalCloud, new_group: Make, new_plan: Make
) -> None:
    groups = [new_group(tags={"Counted": str(number)})["groupId"] for number in range(12)]
    with counted(cloud) as calls:
        plan = new_plan(groups)
    assert (calls["TransactWriteItems"], calls["BatchGetItem"]) == (1, 2)
    version = read_register(EASTERN).version
    content = {"name": plan["name"], "waves": plan["waves"], "rtoMinutes": 5, "version": 1}
    assert admin("PUT", f"/recovery-plans/{plan['planId']}", content).status == 200
    assert read_register(EASTERN).version == version, "the same groups do not meet changes of their place"


@pytest.mark.parametrize(("when", "status"), [("before", 201), ("after", 200)])
def test_a_create_that_died_can_be_done_again_at_once(
    admin: RestClient, cloud: LocalCloud, new_servers: Make, new_name: Make, when: str, status: int
) -> None:
    content = {"name": new_name(), **PLACE, "sourceServerIds": new_servers(105)}
    key = new_name()
    cloud.runtime.crash_next("data-management-handler", service="dynamodb", operation="TransactWriteItems", when=when)
    died = admin("POST", "/protection-groups", content, Idempotency_Key=key)
    assert (died.status, died.error) == (504, "OutcomeUnknown")
    again = admin("POST", "/protection-groups", content, Idempotency_Key=key)
    assert again.status == status
    registered = read_register(EASTERN).groups[again.body["groupId"]]
    assert (registered.version, registered.plan_ids) == (1, ())
    names = [group["name"] for group in admin.all_items("/protection-groups")]
    assert names.count(content["name"]) == 1


def test_two_groups_by_tags_racing_for_a_server_have_exactly_one_winner(
    admin: RestClient, new_servers: Make, new_name: Make, sync: Make
) -> None:
    one, other = new_name(), new_name()
    new_servers(One=one, Other=other)
    sync()
    contents = [{"name": new_name(), **PLACE, "tags": tags} for tags in ({"One": one}, {"Other": other})]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda content: admin("POST", "/protection-groups", content), contents))
    assert sorted(answer.status for answer in answers) == [201, 409]
    assert {answer.error for answer in answers} == {"", "InUse"}


def test_a_save_does_not_judge_by_groups_or_plans_that_the_register_does_not_describe(
    admin: RestClient, new_group: Make, new_name: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read in the middle of another call's transaction: the register is new, and group or plan is still the old."""
    monkeypatch.setattr(saving, "pauses", lambda _: [0.0])
    group, idle = new_group(), new_group()
    known = read_register(EASTERN)
    older = known.with_plan("plan-being-saved", {idle["groupId"]})
    ahead = msgspec.structs.replace(older, groups=older.groups | {group["groupId"]: RegisteredGroup(2)})
    with replaced(ahead, by=known):
        answers = [
            admin("POST", "/protection-groups", {"name": new_name(), **PLACE, "tags": {"Any": "tag"}}),
            admin("DELETE", f"/protection-groups/{idle['groupId']}"),
        ]
    assert [(answer.status, answer.error) for answer in answers] == [(409, "StateConflict")] * 2
    assert all("Try again in a few seconds" in answer.body["error"]["message"] for answer in answers)
    assert admin("DELETE", f"/protection-groups/{idle['groupId']}").status == 200


def test_a_register_that_lacks_what_groups_select_judges_by_the_groups_and_is_completed_by_the_sync(
    admin: RestClient, new_group: Make, new_name: Make, sync: Make
) -> None:
    group = new_group()
    (server,) = group["sourceServerIds"]
    sync()
    known = read_register(EASTERN)
    bare = {each: RegisteredGroup(one.version, one.plan_ids) for each, one in known.groups.items()}
    PLACE_REGISTERS.to_item(msgspec.structs.replace(known, groups=bare)).save()
    taken = {"name": new_name(), **PLACE, "sourceServerIds": [server]}
    assert admin("POST", "/protection-groups", taken).error == "InUse"
    holding = {"groupId": group["groupId"], "name": group["name"]}
    assert held_by(admin, server) == [holding], "read from the groups"
    sync()
    completed = read_register(EASTERN)
    assert (completed.version, completed.groups) == (known.version + 1, known.groups)
    assert held_by(admin, server) == [holding], "read from the register"
    sync()
    assert read_register(EASTERN).version == completed.version, "nothing is missing any more"


def held_by(admin: RestClient, server: str) -> Any:
    (found,) = admin.all_items("/drs/source-servers", q=server)
    return found["groups"]


@contextmanager
def replaced(register: PlaceRegister, *, by: PlaceRegister) -> Iterator[None]:
    """Stores ``register``, and ``by`` afterwards."""
    PLACE_REGISTERS.to_item(register).save()
    yield
    PLACE_REGISTERS.to_item(by).save()


def test_the_register_of_a_place_whose_groups_are_older_is_collected_from_groups_and_plans(
    admin: RestClient, new_group: Make, new_plan: Make, new_name: Make
) -> None:
    planned, idle = new_group(), new_group()
    plan = new_plan([planned["groupId"]])
    before = read_register(EASTERN)
    PLACE_REGISTERS.to_item(before).delete()
    collected = read_register(EASTERN)
    assert (collected.version, collected.groups) == (0, before.groups)
    refused = admin("DELETE", f"/protection-groups/{planned['groupId']}")
    assert refused.details["plans"] == [{"planId": plan["planId"], "name": plan["name"]}]
    taken = {"name": new_name(), **PLACE, "sourceServerIds": idle["sourceServerIds"]}
    assert admin("POST", "/protection-groups", taken).error == "InUse"
    assert admin("DELETE", f"/protection-groups/{idle['groupId']}").status == 200
    after = read_register(EASTERN)
    left = {each: group for each, group in before.groups.items() if each != idle["groupId"]}
    assert (after.version, after.groups) == (1, left)


def test_a_plan_of_more_places_than_a_transaction_takes_is_refused(
    admin: RestClient, new_group: Make, new_servers: Make, new_name: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registers, "MAX_PLAN_PLACES", 1)
    west = new_group(accountId=WEST, region=REGION_OF[WEST], sourceServerIds=new_servers(account=WEST))
    waves = waves_of(new_group()["groupId"], west["groupId"])
    refused = admin("POST", "/recovery-plans", {"name": new_name(), "waves": waves})
    assert (refused.status, list(refused.problems)) == (400, ["waves"])
    assert "at most 1 are allowed" in refused.problems["waves"]


def test_a_group_for_which_the_register_has_no_room_is_refused(
    admin: RestClient, new_name: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registers, "MAX_REGISTER_BYTES", 10)
    refused = admin("POST", "/protection-groups", {"name": new_name(), **PLACE, "tags": {"Room": "none"}})
    assert (refused.status, list(refused.problems)) == (400, ["region"])
    assert str(EASTERN) in refused.problems["region"]
