"""The product on the local cloud, called over REST with tokens and by direct invocation."""

import itertools
import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.ids import first_entry_id
from chalicelib.store.tables.audit import AuditEntryItem
from drs_emulator.settings import Throttling
from drs_emulator.throttle import Throttle
from local.cloud import LocalCloud
from tests.as_documented import require_documented
from tests.conftest import Clouds

EAST, WEST = "222233334444", "333344445555"
REGION_OF = {EAST: "us-east-1", WEST: "us-west-2"}


@dataclass(frozen=True)
class Answer:
    """The answer of a call; ``error`` is the error's code, empty if there is none."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def error(self) -> str:
        return str(self.body["error"]["code"]) if self.status >= 400 else ""

    @property
    def details(self) -> dict[str, Any]:
        found: dict[str, Any] = self.body["error"]["details"]
        return found

    @property
    def problems(self) -> dict[str, str]:
        return {problem["field"]: problem["message"] for problem in self.details["problems"]}


@dataclass(frozen=True)
class RestClient:
    """One signed-in person, or an anonymous caller."""

    url: str
    token: str | None

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        sent = {
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        if self.token is not None:
            sent["Authorization"] = self.token
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        answer = _answer_to(urllib.request.Request(self.url + path, method=method, data=data, headers=sent))
        require_documented(method, path, answer.status, answer.headers, answer.body)
        return answer

    def get(self, path: str, /, **parameters: Any) -> Answer:
        query = urllib.parse.urlencode(parameters)
        return self("GET", f"{path}?{query}" if query else path)

    def all_items(self, path: str, /, **parameters: Any) -> Iterator[Any]:
        """Every item of a list, page by page."""
        cursor = ""
        while cursor is not None:
            page = self.get(path, **parameters, **({"cursor": cursor} if cursor else {})).body
            yield from page["items"]
            cursor = page["nextCursor"]


def _answer_to(request: urllib.request.Request) -> Answer:
    try:
        with urllib.request.urlopen(request) as response:
            return Answer(response.status, json.loads(response.read() or b"null"), dict(response.headers))
    except urllib.error.HTTPError as refused:
        with refused:
            return Answer(refused.code, json.loads(refused.read() or b"null"), dict(refused.headers))


@pytest.fixture
def cloud(clouds: Clouds) -> LocalCloud:
    return clouds.running()


@pytest.fixture(scope="module")
def tokens() -> dict[tuple[LocalCloud, str], str]:
    """Of the seeded users by cloud and role. They are valid for longer than the tests of a module take."""
    return {}


@pytest.fixture
def signed_in(cloud: LocalCloud, tokens: dict[tuple[LocalCloud, str], str]) -> Callable[[str], RestClient]:
    """A client for the seeded user of a role, who has signed in at some time before."""

    def client_of(role: str) -> RestClient:
        if (cloud, role) not in tokens:
            tokens[cloud, role] = cloud.sign_in(role)
        return RestClient(cloud.api_url, tokens[cloud, role])

    return client_of


@pytest.fixture
def admin(signed_in: Callable[[str], RestClient]) -> RestClient:
    return signed_in("DRSOrchestrationAdmin")


@pytest.fixture
def anonymous(cloud: LocalCloud) -> RestClient:
    return RestClient(cloud.api_url, None)


@pytest.fixture
def invoke(cloud: LocalCloud) -> Callable[..., Answer]:
    """Direct invocation of a side's function with an operation."""

    def call(function: str, operation: str, body: dict[str, Any] | None = None, **envelope: Any) -> Answer:
        event = {"operation": operation, **({} if body is None else {"body": body}), **envelope}
        result = cloud.runtime.invoke(function, event)
        assert result.function_error is None, result.payload
        return Answer(result.value["statusCode"], result.value["body"])

    return call


@pytest.fixture
def sync(invoke: Callable[..., Answer]) -> Callable[[], dict[str, Any]]:
    """Runs the inventory sync."""
    return lambda: invoke("data-management-handler", "handle_sync_source_server_inventory").body


@pytest.fixture
def heard(cloud: LocalCloud) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Returns the events about syncs and replication that reached the bus."""
    sqs, events, name = cloud.client("sqs"), cloud.client("events"), f"heard-{uuid.uuid4()}"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    pattern = {"source": ["dr-orchestration"], "detail": {"event": ["SYNC_FAILING", "REPLICATION_STALLED"]}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": f"arn:aws:sqs:us-east-2:{cloud.hub_account}:{name}"}])

    def look() -> list[dict[str, Any]]:
        found = []
        while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in batch:
                found.append(json.loads(message["Body"])["detail"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    yield look
    events.remove_targets(Rule=name, Ids=["1"])
    events.delete_rule(Name=name)


_numbers = itertools.count(1)


@pytest.fixture
def new_name() -> Callable[[], str]:
    """A name that no other test uses."""
    return lambda: f"Name {uuid.uuid4()}"


@pytest.fixture
def unthrottled(cloud: LocalCloud) -> Iterator[None]:
    """DRS answers however many calls other tests have made in the last second; a refused call would be sent again."""
    world = cloud.emulator.world
    usual, world.throttle = world.throttle, Throttle(Throttling(enabled=False))
    yield
    world.throttle = usual


@pytest.fixture
def new_servers(cloud: LocalCloud) -> Callable[..., list[str]]:
    """Adds source servers to DRS that no other test uses; returns their ids."""

    def add(count: int = 1, *, account: str = EAST, state: str = "STOPPED", **tags: str) -> list[str]:
        # Servers that do not replicate: a Region takes 300 that do, and all tests of a process share it.
        def add_one() -> str:
            hostname = f"test-{next(_numbers)}"
            tagged = {"Name": hostname, **tags}
            return cloud.emulator.add_source_server(
                account, REGION_OF[account], hostname=hostname, tags=tagged, replication_state=state
            )

        return [add_one() for _ in range(count)]

    return add


@pytest.fixture
def new_group(
    admin: RestClient, new_name: Callable[[], str], new_servers: Callable[..., list[str]]
) -> Callable[..., Any]:
    """Creates a protection group, of one new server by default."""

    def create(**content: Any) -> Any:
        chosen = {} if "tags" in content else {"sourceServerIds": content.pop("sourceServerIds", None) or new_servers()}
        place = {"accountId": EAST, "region": REGION_OF[EAST]}
        made = admin("POST", "/protection-groups", {"name": new_name(), **place, **chosen, **content})
        assert made.status == 201, made.body
        return made.body

    return create


@pytest.fixture
def new_plan(admin: RestClient, new_name: Callable[[], str], new_group: Callable[..., Any]) -> Callable[..., Any]:
    """Creates a recovery plan with a wave for each of ``groups``, of one new group by default."""

    def create(groups: list[str] | None = None, **content: Any) -> Any:
        chosen = groups or [new_group()["groupId"]]
        made = admin("POST", "/recovery-plans", {"name": new_name(), "waves": waves_of(*chosen), **content})
        assert made.status == 201, made.body
        return made.body

    return create


def waves_of(*group_ids: str) -> list[dict[str, Any]]:
    """A wave for each group, one after the other."""
    return [
        {"number": number, "name": f"Wave {number}", "protectionGroupIds": [group_id]}
        for number, group_id in enumerate(group_ids, start=1)
    ]


def audit_entries(request_id: str) -> list[AuditEntryItem]:
    """The entries of the audit log for one request, which was made in the last minutes."""
    since = datetime.now(UTC) - timedelta(minutes=10)
    recent = [
        AuditEntryItem.query(
            f"{day:%Y-%m-%d}",
            AuditEntryItem.entry_id >= first_entry_id(since),
            filter_condition=AuditEntryItem.request_id == request_id,
            scan_index_forward=False,
        )
        for day in sorted({since.date(), datetime.now(UTC).date()}, reverse=True)
    ]
    return [item for items in recent for item in items]


def request_id_of(answer: Answer) -> str:
    """The id that the answer carries, in its body or its headers."""
    if answer.status >= 400:
        return str(answer.body["requestId"])
    return answer.headers["X-Amzn-Requestid" if "X-Amzn-Requestid" in answer.headers else "x-amzn-RequestId"]


@contextmanager
def without_table(cloud: LocalCloud, name: str) -> Iterator[None]:
    """The table is gone; an empty one takes its place afterwards."""
    dynamodb, full_name = cloud.client("dynamodb"), f"aws-drs-orchestration-{name}-{cloud.stage}"
    described = dynamodb.describe_table(TableName=full_name)["Table"]
    dynamodb.delete_table(TableName=full_name)
    try:
        yield
    finally:
        indexes = [
            {field: index[field] for field in ("IndexName", "KeySchema", "Projection")}
            for index in described.get("GlobalSecondaryIndexes", [])
        ]
        wanted = {field: described[field] for field in ("TableName", "KeySchema", "AttributeDefinitions")}
        wanted |= {"GlobalSecondaryIndexes": indexes} if indexes else {}
        wanted |= {name: described[name] for name in ("StreamSpecification",) if name in described}
        dynamodb.create_table(**wanted, BillingMode="PAY_PER_REQUEST")
