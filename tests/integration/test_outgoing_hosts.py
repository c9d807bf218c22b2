"""The hosts that steps may reach: an administrator sets them, and a plan that goes elsewhere is not saved."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .conftest import RestClient, waves_of

Make = Callable[..., Any]
PATH = "/config/outgoing-hosts"


@pytest.fixture
def allow(admin: RestClient) -> Iterator[Make]:
    def put(**content: Any) -> Any:
        return admin("PUT", PATH, {**content, "version": admin.get(PATH).body["version"]})

    yield put
    put()


def a_plan(group_id: str, name: str, *steps: dict[str, Any]) -> dict[str, Any]:
    (wave,) = waves_of(group_id)
    return {"name": name, "waves": [{**wave, "validations": [{"name": "x", **step} for step in steps]}]}


STEPS = ({"type": "HTTP", "url": "https://status.example.com/up"}, {"type": "TCP", "host": "10.20.0.9", "port": 5432})


def test_a_plan_goes_only_where_an_administrator_allows(
    admin: RestClient, allow: Make, new_group: Make, new_name: Make
) -> None:
    plan = a_plan(new_group()["groupId"], new_name(), *STEPS)
    allow()
    refused = admin("POST", "/recovery-plans", plan)
    assert list(refused.problems) == ["waves[0].validations[0].url", "waves[0].validations[1].host"]
    assert all("PUT /config/outgoing-hosts" in problem for problem in refused.problems.values())
    assert allow(hosts=["*.example.com"], networks=["10.20.0.0/16"]).status == 200
    assert admin("POST", "/recovery-plans", plan).status == 201


def test_an_import_is_judged_by_the_same_rule(admin: RestClient, allow: Make, new_group: Make, new_name: Make) -> None:
    group = new_group()
    wave = {"number": 1, "name": "One", "protectionGroups": [group["name"]], "validations": [{"name": "x", **STEPS[0]}]}
    document = {"schemaVersion": 1, "plans": [{"name": new_name(), "waves": [wave]}]}
    allow()
    refused = admin("POST", "/config/import", {"document": document, "dryRun": True})
    assert list(refused.problems) == ["document.plans[0].waves[0].validations[0].url"]


def test_steps_on_recovery_instances_need_no_permission(admin: RestClient, new_group: Make, new_name: Make) -> None:
    steps = ({"type": "HTTP", "url": "http://{privateIp}:8080/health"}, {"type": "TCP", "port": 22})
    assert admin("POST", "/recovery-plans", a_plan(new_group()["groupId"], new_name(), *steps)).status == 201


def test_only_an_administrator_allows_hosts_and_a_stale_change_is_refused(
    admin: RestClient, allow: Make, signed_in: Callable[[str], RestClient]
) -> None:
    allow(hosts=["a.example"])
    shown = signed_in("DRSOperator").get(PATH).body
    assert shown["hosts"] == ["a.example"]
    change = {"hosts": ["b.example"], "version": shown["version"]}
    assert signed_in("DRSRecoveryManager")("PUT", PATH, change).status == 403
    stale = admin("PUT", PATH, {**change, "version": shown["version"] - 1})
    assert (stale.status, stale.error, stale.details["currentVersion"]) == (409, "StaleVersion", shown["version"])
    assert admin("PUT", PATH, {**change, "networks": ["169.254.0.0/16"]}).problems.keys() == {"networks[0]"}
    assert signed_in("DRSOperator").get(PATH).body["hosts"] == ["a.example"]


def test_allowed_hosts_move_in_a_document_with_the_plans_that_need_them(
    admin: RestClient, allow: Make, signed_in: Callable[[str], RestClient], new_group: Make, new_name: Make
) -> None:
    group, name = new_group(), new_name()
    wave = {"number": 1, "name": "One", "protectionGroups": [group["name"]], "validations": [{"name": "x", **STEPS[0]}]}
    hosts = {"hosts": ["status.example.com"], "networks": ["10.20.0.0/16"]}
    plans = [{"name": name, "waves": [wave]}]
    document = {"schemaVersion": 1, "settings": {"outgoingHosts": hosts}, "plans": plans}
    allow()
    by_manager = signed_in("DRSRecoveryManager")("POST", "/config/import", {"document": document}).body["items"]
    assert [(item["field"], item["code"]) for item in by_manager] == [
        ("settings.outgoingHosts", "NotPermitted"),
        ("plans[0]", "InvalidRequest"),
    ]
    assert admin.get(PATH).body["hosts"] == []
    by_admin = admin("POST", "/config/import", {"document": document}).body["items"]
    assert [(item["field"], item["outcome"]) for item in by_admin] == [
        ("settings.outgoingHosts", "DONE"),
        ("plans[0]", "DONE"),
    ]
    assert {key: admin.get(PATH).body[key] for key in hosts} == hosts
    exported = json.loads(admin.get("/config/export", format="json").body["text"])
    assert exported["settings"]["outgoingHosts"] == hosts
    wrong = {**document, "settings": {"outgoingHosts": {"hosts": ["10.0.0.1"]}}}
    refused = admin("POST", "/config/import", {"document": wrong})
    assert "document.settings.outgoingHosts.hosts[0]" in refused.problems
    (plan,) = (each["plan"] for each in admin.all_items("/recovery-plans", q=name))
    assert admin("DELETE", f"/recovery-plans/{plan['planId']}").status == 200
