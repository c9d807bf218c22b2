"""Idempotency keys of groups, plans and starts: a repeated request gets its own record and no other."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.store.tables.configuration import UniqueNameItem
from tests.integration.conftest import EAST, REGION_OF, Answer, RestClient

Make = Callable[..., Any]
Post = Callable[..., Answer]
PLACE = {"accountId": EAST, "region": REGION_OF[EAST]}
KINDS = ("group", "plan", "drill")
PATHS = {"group": "/protection-groups", "plan": "/recovery-plans", "drill": "/executions"}
STATUS = {"group": 201, "plan": 201, "drill": 202}


@pytest.fixture
def new_content(new_name: Make, new_group: Make, new_plan: Make, new_servers: Make) -> Make:
    """Makes requests that create a record of a kind. Drills wait for an approval, so that nothing launches."""

    def make(kind: str) -> dict[str, Any]:
        if kind == "group":
            return {"name": new_name(), **PLACE, "sourceServerIds": new_servers(2)}
        group = new_group(sourceServerIds=new_servers(1, state="CONTINUOUS"))["groupId"]
        waves = [{"number": 1, "name": "All", "protectionGroupIds": [group], "approvalRequired": True}]
        if kind == "plan":
            return {"name": new_name(), "waves": waves}
        return {"planId": new_plan([group], waves=waves)["planId"], "mode": "DRILL"}

    return make


@pytest.fixture(autouse=True)
def _room_for_others(cloud: Any) -> Any:
    """Stops the replication of a test's servers after it: a Region takes 300 that replicate."""
    region = cloud.emulator.world.region(EAST, REGION_OF[EAST])
    before = set(region.servers)
    yield
    for server_id in set(region.servers) - before:
        cloud.emulator.set_replication(EAST, REGION_OF[EAST], server_id, state="STOPPED")


def record_of(answer: Answer) -> str:
    body = answer.body.get("execution", answer.body)
    return str(body.get("executionId") or body.get("planId") or body.get("groupId"))


def replayed(answer: Answer) -> bool:
    return {name.lower(): value for name, value in answer.headers.items()}.get("idempotent-replayed") == "true"


def uses_of(key: str) -> list[UniqueNameItem]:
    return [item for item in UniqueNameItem.scan() if item.name_key.endswith(f"#{key}")]


def by_kind(*kinds: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("kind", kinds or KINDS)


@by_kind()
def test_the_same_request_is_answered_with_the_record_that_it_made(
    admin: RestClient, new_content: Make, new_name: Make, kind: str
) -> None:
    content, key = new_content(kind), new_name()
    first, again, third = (admin("POST", PATHS[kind], content, Idempotency_Key=key) for _ in range(3))
    assert [(answer.status, replayed(answer)) for answer in (first, again, third)] == [
        (STATUS[kind], False),
        (200, True),
        (200, True),
    ]
    assert record_of(first) == record_of(again) == record_of(third)
    if kind == "drill":
        assert (first.body["repeated"], again.body["repeated"]) == (False, True)
    else:
        assert first.body == again.body


@by_kind()
def test_a_direct_call_shows_a_replay_by_its_status(
    invoke: Callable[..., Answer], new_content: Make, new_name: Make, kind: str
) -> None:
    side, operation = {
        "group": ("data-management-handler", "create_protection_group"),
        "plan": ("data-management-handler", "create_recovery_plan"),
        "drill": ("execution-handler", "start_execution"),
    }[kind]
    body = {**new_content(kind), "idempotencyKey": new_name()}
    first, again = (invoke(side, operation, body, principal={"name": "pipeline"}) for _ in range(2))
    assert (first.status, again.status) == (STATUS[kind], 200)
    assert record_of(first) == record_of(again)


@by_kind()
def test_one_key_in_requests_at_once_makes_one_record(
    admin: RestClient, new_content: Make, new_name: Make, kind: str
) -> None:
    content, key = new_content(kind), new_name()
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: admin("POST", PATHS[kind], content, Idempotency_Key=key), range(3)))
    made = [answer for answer in answers if answer.status == STATUS[kind]]
    assert len(made) == 1, [answer.body for answer in answers]
    for answer in answers:
        if answer.status == 409:
            assert (kind, answer.details["executionId"]) == ("drill", record_of(made[0])), "a start under way"
        else:
            assert record_of(answer) == record_of(made[0])


CHANGES: dict[str, list[dict[str, Any]]] = {
    "group": [{"description": "other"}, {"impactLevels": {}}],
    "plan": [{"description": "other"}, {"timeoutMinutes": 5}],
    "drill": [{"mode": "RECOVERY", "reason": "It burns."}, {"reason": "other"}, {"acceptDegraded": True}],
}


@pytest.mark.parametrize(("kind", "change"), [(kind, change) for kind in KINDS for change in CHANGES[kind]])
def test_a_key_that_another_request_has_used_is_refused_with_the_record(
    admin: RestClient, new_content: Make, new_name: Make, kind: str, change: dict[str, Any]
) -> None:
    key = new_name()
    content = new_content(kind)
    if "impactLevels" in change:
        content["impactLevels"] = {content["sourceServerIds"][0]: "OPTIONAL"}
    made = admin("POST", PATHS[kind], content, Idempotency_Key=key)
    refused = admin("POST", PATHS[kind], {**content, **change}, Idempotency_Key=key)
    assert (refused.status, refused.error, refused.details) == (409, "StateConflict", {"recordId": record_of(made)})
    assert not replayed(refused)


def test_a_recovery_of_one_plan_is_not_answered_with_the_drill_of_another(
    admin: RestClient, new_content: Make, new_name: Make
) -> None:
    key = new_name()
    drill = admin("POST", PATHS["drill"], new_content("drill"), Idempotency_Key=key)
    recovery = {**new_content("drill"), "mode": "RECOVERY", "reason": "It burns."}
    refused = admin("POST", PATHS["drill"], recovery, Idempotency_Key=key)
    assert (refused.status, refused.details) == (409, {"recordId": record_of(drill)})
    assert admin("POST", PATHS["drill"], recovery, Idempotency_Key=new_name()).status == 202


@pytest.mark.parametrize(
    ("kind", "written", "also"),
    [
        ("group", {"name": "{name}"}, {"name": " {name} "}),
        ("group", {}, {"description": ""}),
        ("plan", {}, {"notificationEmails": []}),
        ("drill", {"reason": "Quarterly"}, {"reason": " Quarterly "}),
        ("drill", {"pointInTime": "LATEST"}, {}),
        ("drill", {"pointInTime": "{ago}+00:00"}, {"pointInTime": "{ago}Z"}),
    ],
)
def test_the_same_request_in_another_spelling_counts_as_the_same(
    admin: RestClient, new_content: Make, new_name: Make, kind: str, written: dict[str, Any], also: dict[str, Any]
) -> None:
    content, key = new_content(kind), new_name()
    values = {"name": content.get("name", ""), "ago": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 60))}

    def send(fields: dict[str, Any]) -> Answer:
        filled = {name: value.format(**values) if isinstance(value, str) else value for name, value in fields.items()}
        return admin("POST", PATHS[kind], {**content, **filled}, Idempotency_Key=key)

    first, again = send(written), send(also)
    assert (first.status, again.status) == (STATUS[kind], 200), (first.body, again.body)


@by_kind()
def test_a_key_belongs_to_the_person_who_has_used_it(
    admin: RestClient, signed_in: Callable[[str], RestClient], new_content: Make, new_name: Make, kind: str
) -> None:
    key = new_name()
    mine = admin("POST", PATHS[kind], new_content(kind), Idempotency_Key=key)
    theirs = signed_in("DRSPlanManager")("POST", PATHS[kind], new_content(kind), Idempotency_Key=key)
    assert (mine.status, theirs.status) == (STATUS[kind], STATUS[kind])
    assert record_of(mine) != record_of(theirs)


def test_a_key_belongs_to_one_operation(admin: RestClient, new_content: Make, new_name: Make) -> None:
    key = new_name()
    answers = [admin("POST", PATHS[kind], new_content(kind), Idempotency_Key=key) for kind in KINDS]
    assert [answer.status for answer in answers] == [STATUS[kind] for kind in KINDS]


@by_kind()
def test_an_expired_key_is_free_although_its_item_is_still_there(
    admin: RestClient, new_content: Make, new_name: Make, kind: str
) -> None:
    key = new_name()
    first = admin("POST", PATHS[kind], new_content(kind), Idempotency_Key=key)
    (item,) = uses_of(key)
    item.update([UniqueNameItem.expires_at.set(int(time.time()) - 1)])
    second = admin("POST", PATHS[kind], new_content(kind), Idempotency_Key=key)
    assert (first.status, second.status) == (STATUS[kind], STATUS[kind])
    assert record_of(first) != record_of(second)
    (item,) = uses_of(key)
    assert item.holder == record_of(second)


@by_kind()
def test_keys_expire_after_seven_days_and_names_never(
    admin: RestClient, new_content: Make, new_name: Make, kind: str
) -> None:
    key = new_name()
    admin("POST", PATHS[kind], new_content(kind), Idempotency_Key=key)
    (item,) = uses_of(key)
    assert 7 * 86_400 - 60 < item.expires_at - time.time() <= 7 * 86_400 + 1
    everything = list(UniqueNameItem.scan())
    assert {bool(item.expires_at) for item in everything if item.scope.startswith("idempotency#")} == {True}
    names = [item for item in everything if item.scope.endswith("-name")]
    assert {item.expires_at for item in names} == {None}


@by_kind()
@pytest.mark.parametrize("key", ["k" * 129, "sch\u00f6n"])
def test_an_invalid_key_is_refused_by_the_name_of_its_header(
    admin: RestClient, new_content: Make, kind: str, key: str
) -> None:
    refused = admin("POST", PATHS[kind], new_content(kind), Idempotency_Key=key)
    assert (refused.status, list(refused.problems)) == (400, ["Idempotency-Key"])
    in_body = admin("POST", PATHS[kind], {**new_content(kind), "idempotencyKey": key})
    assert (in_body.status, list(in_body.problems)) == (400, ["idempotencyKey"])


@by_kind("group", "plan")
def test_a_key_does_not_bring_a_deleted_record_back(
    admin: RestClient, new_content: Make, new_name: Make, kind: str
) -> None:
    content, key = new_content(kind), new_name()
    made = admin("POST", PATHS[kind], content, Idempotency_Key=key)
    admin("DELETE", f"{PATHS[kind]}/{record_of(made)}")
    refused = admin("POST", PATHS[kind], content, Idempotency_Key=key)
    assert (refused.status, refused.details) == (409, {"recordId": record_of(made)})
    assert "has since been deleted" in refused.body["error"]["message"]


def test_the_api_document_describes_both_headers(admin: RestClient) -> None:
    paths = admin.get("/openapi.json").body["paths"]
    for path in ("/protection-groups", "/recovery-plans", "/executions", "/recovery-plans/{planId}/execute"):
        described = paths[path]["post"]
        (key,) = [item for item in described["parameters"] if item["in"] == "header"]
        assert (key["name"], key["schema"]["maxLength"]) == ("Idempotency-Key", 128)
        assert "Idempotent-Replayed" in described["responses"]["200"]["headers"]
    pause = paths["/executions/{executionId}/pause"]["post"]["responses"]["200"]
    assert "Idempotent-Replayed" not in pause["headers"]
