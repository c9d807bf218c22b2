"""Each role tries each operation over HTTP: what it may do is tried, what it may not do is refused and audited."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.api.resources import Route
from chalicelib.domain.access.permissions import ROLE_PERMISSIONS, Permission
from chalicelib.ids import first_entry_id
from chalicelib.operations import Operation
from chalicelib.store.tables.audit import AuditEntryItem
from local.cloud import LocalCloud
from tests.architecture.test_operations import ROUTES, parameters
from tests.hostile import FIELDS
from tests.persons import Person

from .conftest import Answer, RestClient, waves_of
from .test_dashboard import stored

__all__ = ["stored"]

NO_ROLE = "no role"
# What makes a request valid beyond its required fields. Accounts are known or unknown so that none is made or changed.
CHOSEN: dict[str, dict[str, Any]] = {
    "register_target_account": {"accountId": FIELDS["accountId"], "externalId": "0123456789abcdef"},
    "add_staging_account": {"accountId": "700000000002"},
    "validate_staging_account": {"accountId": "700000000002"},
    "import_configuration": {"document": {"schemaVersion": 1}, "dryRun": True},
    "start_execution": {"reason": "The site has failed."},
    "list_recovery_instances": {"sourceServerId": FIELDS["sourceServerId"]},
    **{
        name: {"executionId": FIELDS["executionId"]}
        for name in ("get_failback_status", "reverse_replication", "start_failback", "stop_failback")
    },
}
FOR_ALL = {Permission.PUBLIC, Permission.SIGNED_IN}


@pytest.fixture
def token_of(cloud: LocalCloud) -> Callable[[str], str]:
    """A token of the seeded user of a role, or of a person who belongs to no group."""

    def sign_in(role: str) -> str:
        if role != NO_ROLE:
            return cloud.sign_in(role)
        person = Person(cloud, "DRSReadOnly")
        person.lose_role()
        return person.token()

    return sign_in


@pytest.mark.parametrize("role", [*ROLE_PERMISSIONS, NO_ROLE])
def test_a_role_can_do_what_its_permissions_say_and_nothing_else(
    cloud: LocalCloud, role: str, token_of: Callable[[str], str], new_plan: Callable[..., Any], stored: Any
) -> None:
    began, plan = datetime.now(UTC), new_plan()
    group_id = plan["waves"][0]["protectionGroupIds"][0]
    known = {"planId": plan["planId"], "groupId": group_id, "executionId": stored().execution_id}
    client = RestClient(cloud.api_url, token_of(role))
    wrong: list[str] = []
    refused: dict[str, Operation] = {}
    for operation, route in ROUTES:
        for values in requests_of(operation, route, known):
            answer = send(client, route, dict(values))
            permission = operation.permission_for(values)
            if permission in FOR_ALL | ROLE_PERMISSIONS.get(role, frozenset()):
                wrong += was_tried(operation, route, answer)
            else:
                wrong += was_refused(permission, route, answer)
                refused[request_id_of(answer)] = operation
    assert wrong == []
    audited = entries_since(began)
    assert {request_id: audited.get(request_id) for request_id in refused} == {
        request_id: [(operation.name, operation.side, 403, "NotPermitted", False)]
        for request_id, operation in refused.items()
    }


def requests_of(operation: Operation, route: Route, known: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Valid values for the operation: reads are about records that exist, commands about none that others need."""
    values = parameters(operation) | CHOSEN.get(operation.name, {})
    if route.method == "GET":
        values |= {name: known[name] for name in values if name in known}
    if operation.name == "create_recovery_plan":
        values |= {"name": f"A plan beside {known['planId']}", "waves": waves_of(known["groupId"])}
    if operation.permission_rule is None:
        yield values
        return
    for mode in ("DRILL", "RECOVERY"):
        yield {**values, "mode": mode}


def send(client: RestClient, route: Route, values: dict[str, Any]) -> Answer:
    path = re.sub(r"{(\w+)}", lambda match: str(values.pop(match[1], None) or FIELDS[match[1]]), route.path)
    if route.method in {"POST", "PUT"}:
        return client(route.method, path, values)
    return client(route.method, f"{path}?{urlencode(values)}" if values else path)


def was_tried(operation: Operation, route: Route, answer: Answer) -> list[str]:
    """What is wrong with the answer to a permitted call: only what is judged after the permission may prevent it."""
    if answer.status in {operation.status, 404, 409, 422}:
        return []
    return [f"{route.method} {route.path} was permitted and answered {answer.status}: {answer.body}"]


def was_refused(permission: Permission, route: Route, answer: Answer) -> list[str]:
    if (answer.status, answer.error) == (403, "NotPermitted") and f"'{permission}'" in answer.body["error"]["message"]:
        return []
    return [f"{route.method} {route.path} takes {permission} and answered {answer.status}: {answer.body}"]


def request_id_of(answer: Answer) -> str:
    return {name.lower(): value for name, value in answer.headers.items()}["x-amzn-requestid"]


def entries_since(moment: datetime) -> dict[str, list[tuple[str, str, int, str, bool]]]:
    """What the audit log has by request: operation, side, status, error, and whether the call was allowed."""
    found: dict[str, list[tuple[str, str, int, str, bool]]] = {}
    for day in sorted({moment.date(), datetime.now(UTC).date()}):
        for entry in AuditEntryItem.query(f"{day:%Y-%m-%d}", AuditEntryItem.entry_id >= first_entry_id(moment)):
            told = (entry.operation, entry.side, int(entry.status_code), entry.error_code, entry.verdict["allowed"])
            found.setdefault(entry.request_id, []).append(told)
    return found
