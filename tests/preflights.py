"""Checks a plan in tests, as the start page does: asks for a check, waits for its end, reads result and servers."""

from typing import Any

from chalicelib.operations.table import OPERATIONS
from local.cloud import LocalCloud
from tests.integration.conftest import RestClient
from tests.waiting import eventually


def check_plan(cloud: LocalCloud, plan_id: str, **wanted: Any) -> Any:
    """The result of a new check, with ``servers``: the verdicts of all pages."""
    begun = _ask(cloud, "refresh_plan_preflight", planId=plan_id, **wanted)
    chosen = {"planId": plan_id, "mode": begun["mode"]}
    shown = eventually(lambda: _unless_checking(_ask(cloud, "get_plan_preflight", **chosen)))
    assert shown["state"] == "CHECKED", shown["statement"]
    assert shown["check"]["checkId"] == begun["checkId"]
    servers: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = _ask(cloud, "list_preflight_servers", **chosen, cursor=cursor)
        servers += page["items"]
        cursor = page["nextCursor"]
    return {**shown["result"], "servers": servers}


def _ask(cloud: LocalCloud, operation: str, **body: Any) -> Any:
    handler = OPERATIONS[operation].side.handler
    result = cloud.runtime.invoke(handler, {"operation": operation, "body": body})
    assert result.function_error is None, result.payload
    assert result.value["statusCode"] < 400, result.value
    return result.value["body"]


def _unless_checking(shown: Any) -> Any:
    return shown if shown["state"] != "CHECKING" else None


def path_of(plan_id: str) -> str:
    return f"/recovery-plans/{plan_id}/preflight"


def ended(client: RestClient, plan_id: str, **chosen: Any) -> Any:
    """What is shown as soon as no check runs."""

    def shown() -> Any:
        body = client.get(path_of(plan_id), **chosen).body
        return body if body["state"] != "CHECKING" else None

    return eventually(shown)


def checked(client: RestClient, plan_id: str, **wanted: Any) -> Any:
    begun = client("POST", path_of(plan_id), wanted)
    assert begun.status == 202, begun.body
    shown = ended(client, plan_id, mode=begun.body["mode"])
    assert (shown["state"], shown["check"]["checkId"]) == ("CHECKED", begun.body["checkId"]), shown["statement"]
    return shown
