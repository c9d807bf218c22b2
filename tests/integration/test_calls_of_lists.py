"""What a page of each list costs in DynamoDB: two calls at most beside its audit entry, whatever there is."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.api.resources import Route
from chalicelib.operations import Operation
from local.cloud import LocalCloud
from tests.architecture.test_operations import ROUTES, parameters
from tests.observed import REST, calls_of
from tests.preflights import checked

from .conftest import EAST, REGION_OF, RestClient
from .test_dashboard import stored
from .test_roles import send

__all__ = ["stored"]

READS = {"BatchGetItem", "GetItem", "Query", "Scan", "TransactGetItems"}
CHOSEN: dict[str, dict[str, Any]] = {
    "list_recovery_instances": {"accountId": "", "region": ""},
}
LISTS: list[tuple[Operation, Route, tuple[str, ...]]] = [
    (operation, route, ()) for operation, route in ROUTES if operation.name.startswith("list_")
]
LISTS += [
    (operation, route, ("groupId", "accountId", "region"))
    for operation, route, _ in LISTS
    if operation.name == "list_source_servers"
]
"""Each list, and the servers of a group whose place is named. A group without its place costs a call more."""

Make = Callable[..., Any]


@pytest.mark.parametrize(("operation", "route", "filters"), LISTS, ids=lambda value: getattr(value, "name", ""))
def test_a_page_of_a_list_costs_two_calls(
    cloud: LocalCloud, admin: RestClient, new_plan: Make, new_group: Make, stored: Make, sync: Make,
    operation: Operation, route: Route, filters: tuple[str, ...],
) -> None:  # fmt: skip
    server_id = min(server.server_id for server in cloud.world.servers_with(account=EAST))
    group_id = new_group()["groupId"]
    plan_id = new_plan([group_id])["planId"]
    sync()
    if operation.name == "list_preflight_servers":
        checked(admin, plan_id)
    known = {
        "planId": plan_id,
        "executionId": stored().execution_id,
        "groupId": group_id,
        "serverId": server_id,
        "accountId": EAST,
        "region": REGION_OF[EAST],
    }
    needed = {name: known.get(name, value) for name, value in parameters(operation).items()}
    values = needed | {name: known.get(name, value) for name, value in CHOSEN.get(operation.name, {}).items()}
    values |= {name: known[name] for name in filters}
    with calls_of(cloud, REST) as calls:
        answer = send(admin, route, values)
    assert answer.status == 200, answer.body
    reads = [call.operation for call in calls if call.service == "dynamodb" and call.operation in READS]
    assert 1 <= len(reads) <= 2, reads
