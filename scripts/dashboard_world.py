"""What the pictures of the dashboard show: plans, and executions that have ended, run, or wait for a person."""

import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.cloud import LocalCloud

EAST, WEST = ("222233334444", "us-east-1"), ("333344445555", "us-west-2")
GROUPS: Mapping[str, tuple[tuple[str, str], Mapping[str, Any]]] = {
    "Shop databases, East": (EAST, {"tags": {"Application": "storefront", "Tier": "database"}}),
    "Shop databases, West": (WEST, {"tags": {"Application": "storefront", "Tier": "database"}}),
    "Shop application, East": (EAST, {"tags": {"Application": "storefront", "Tier": "app"}}),
    "Shop application, West": (WEST, {"tags": {"Application": "storefront", "Tier": "app"}}),
    "Shop web servers, East": (EAST, {"tags": {"Application": "storefront", "Tier": "web"}}),
    "Catalogue": (WEST, {"tags": {"Application": "storefront", "Tier": "web"}}),
    "Reporting": (WEST, {"tags": {"Application": "reporting"}}),
}
STOREFRONT = {
    "name": "storefront",
    "owner": "platform team",
    "description": "The shop: databases, application and web servers in two accounts.",
    "rtoMinutes": 60,
    "rpoMinutes": 15,
}
REPORTING = {"name": "reporting", "owner": "finance systems", "rtoMinutes": 240}
CATALOGUE = {"name": "catalogue", "owner": "platform team", "rtoMinutes": 120}
NO_CAPACITY = "InsufficientInstanceCapacity: We currently do not have sufficient m5.large capacity in us-west-2a."
PATIENCE_SECONDS = 180


@dataclass(frozen=True)
class Shown:
    """Ids that the addresses of pages need."""

    plan: str
    group: str
    server: str
    ended: str
    """A drill that has ended."""
    waiting: str
    """A recovery whose second wave waits for an approval."""
    failed: str
    """A drill whose wave has failed and waits for a decision."""


def fill(cloud: LocalCloud) -> Shown:
    """Makes groups and plans, and brings three executions to where pictures are worth taking."""
    caller = _Caller(cloud)
    groups = {
        name: caller("POST", "/protection-groups", {"name": name, "accountId": place[0], "region": place[1], **chosen})
        for name, (place, chosen) in GROUPS.items()
    }
    ids = {name: group["groupId"] for name, group in groups.items()}
    storefront = caller("POST", "/recovery-plans", {**STOREFRONT, "waves": _storefront_waves(ids)})
    reporting = caller("POST", "/recovery-plans", {**REPORTING, "waves": [_wave(1, "Reporting", ids["Reporting"])]})
    web = _wave(1, "Web servers", ids["Catalogue"], onFailure="PAUSE")
    catalogue = caller("POST", "/recovery-plans", {**CATALOGUE, "waves": [web]})
    cloud.emulator.add_fault(
        {
            "kind": "LAUNCH_FAILED",
            "match": {"account": WEST[0], "hostname": "stock-web-2"},
            "parameters": {"rawError": NO_CAPACITY},
        }
    )
    for mode in ("DRILL", "RECOVERY"):
        _preflight(caller, storefront["planId"], mode)
    ended = _started(caller, reporting, "DRILL", "The drill of the quarter")
    _wait(lambda: _execution(caller, ended)["status"] == "COMPLETED")
    failed = _started(caller, catalogue, "DRILL", "Does the new image start?")
    _wait(lambda: _waves(caller, failed)[0]["status"] == "AWAITING_DECISION")
    waiting = _started(caller, storefront, "RECOVERY", "us-east-1 is down")
    _wait(lambda: _waves(caller, waiting)[1]["status"] == "AWAITING_APPROVAL")
    server = caller("GET", f"/executions/{ended}/servers")["items"][0]["sourceServerId"]
    caller("POST", f"/protection-groups/{ids['Reporting']}/launch-settings/check", {})
    return Shown(storefront["planId"], ids["Shop databases, East"], server, ended, waiting, failed)


def _storefront_waves(ids: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        _wave(1, "Databases", ids["Shop databases, East"], ids["Shop databases, West"], dependsOn=[]),
        _wave(2, "Application", ids["Shop application, East"], dependsOn=[1], approvalRequired=True),
        _wave(3, "Stock", ids["Shop application, West"], dependsOn=[1], delaySeconds=3_600),
        _wave(4, "Web servers", ids["Shop web servers, East"], dependsOn=[2, 3], onFailure="PAUSE"),
    ]


def _wave(number: int, name: str, *groups: str, **more: Any) -> dict[str, Any]:
    return {"number": number, "name": name, "protectionGroupIds": list(groups), **more}


class _Caller:
    """The REST API as a recovery manager and, where that is not enough, as an administrator calls it."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": self._cloud.sign_in("DRSOrchestrationAdmin"), "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._cloud.api_url}{path}", content, headers, method=method)  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310 — the local cloud, on loopback
            return json.load(answer)


def _started(caller: _Caller, plan: Mapping[str, Any], mode: str, reason: str) -> str:
    body = {"planId": plan["planId"], "mode": mode, "reason": reason, "acceptDegraded": True}
    started: str = caller("POST", "/executions", body)["execution"]["executionId"]
    return started


def _preflight(caller: _Caller, plan: str, mode: str) -> None:
    path = f"/recovery-plans/{plan}/preflight"
    caller("POST", path, {"mode": mode, "pointInTime": "LATEST"})
    _wait(lambda: caller("GET", f"{path}?mode={mode}")["state"] != "CHECKING")


def _execution(caller: _Caller, execution: str) -> Any:
    return caller("GET", f"/executions/{execution}")["execution"]


def _waves(caller: _Caller, execution: str) -> Any:
    return caller("GET", f"/executions/{execution}")["waves"]


def _wait(condition: Callable[[], Any]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError("The executions did not come as far as the pictures need them.")
        time.sleep(0.5)
