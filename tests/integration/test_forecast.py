"""The forecast of a plan through REST: what it says, that it can be repeated, and what it leaves out."""

from collections.abc import Callable
from typing import Any

from tests.waiting import eventually

from .conftest import EAST, RestClient

Make = Callable[..., Any]


def forecast_of(client: RestClient, plan: Any) -> Any:
    answer = client.get(f"/recovery-plans/{plan['planId']}/forecast")
    assert answer.status == 200, answer.body
    return answer.body


def test_a_forecast_says_what_the_inventory_shows_and_can_be_repeated(
    admin: RestClient, new_plan: Make, new_group: Make, new_servers: Make, sync: Make
) -> None:
    data, web = new_servers(3, state="CONTINUOUS"), new_servers(2, state="CONTINUOUS", Tier="forecast")
    sync()
    missing = new_servers(1)
    groups = [new_group(sourceServerIds=data + missing)["groupId"], new_group(tags={"Tier": "forecast"})["groupId"]]
    plan = new_plan(groups, rtoMinutes=60)
    shown = forecast_of(admin, plan)
    assert (shown["planId"], shown["planVersion"], shown["rtoMinutes"]) == (plan["planId"], 1, 60)
    assert [wave["serverCount"] for wave in shown["waves"]] == [len(data), len(web)]
    assert (shown["serverCount"], shown["leftOutCount"]) == (5, 1), "the inventory lacks one"
    assert shown["inventorySeenAt"] is not None
    assert shown["sources"] == {"DEFAULT": 5}
    assert shown["criticalPath"] == [1, 2]
    assert 0 < shown["criticalPathSeconds"] <= shown["p50Seconds"] <= shown["p90Seconds"]
    assert {slow["sourceServerId"] for slow in shown["waves"][0]["setBy"]} <= set(data)
    assert [(place["accountId"], place["serverCount"]) for place in shown["places"]] == [(EAST, 5)]
    assert "The RTO of 60 min is met in 100 %" in shown["statement"]
    assert forecast_of(admin, plan) == shown


def test_dropping_a_dependency_is_named_with_what_it_saves(
    admin: RestClient, new_plan: Make, new_group: Make, new_servers: Make, sync: Make
) -> None:
    first, second = new_servers(state="CONTINUOUS"), new_servers(state="CONTINUOUS")
    sync()
    plan = new_plan([new_group(sourceServerIds=each)["groupId"] for each in (first, second)])
    shown = forecast_of(admin, plan)
    (change,) = (each for each in shown["changes"] if each["kind"] == "DROP_DEPENDENCY")
    assert (change["waveNumber"], change["dependsOn"]) == (2, 1)
    assert 0 < change["savesSeconds"] < shown["p50Seconds"]
    fast = {each["waveNumber"]: each["savesSeconds"] for each in shown["changes"] if each["kind"] == "FAST_MODE"}
    assert set(fast) == {1, 2, None}, "none of the servers was launched before, so none is taken to be FAST already"
    assert fast[None] == max(fast.values())
    assert shown["rtoMetPercent"] is None


def test_a_plan_whose_servers_nobody_has_seen_says_so(admin: RestClient, new_plan: Make) -> None:
    shown = forecast_of(admin, new_plan())
    assert (shown["serverCount"], shown["leftOutCount"], shown["inventorySeenAt"]) == (0, 1, None)
    assert shown["statement"] == "No server of the plan can launch, so there is nothing to forecast."


def test_a_plan_that_does_not_exist_has_no_forecast(admin: RestClient) -> None:
    assert admin.get("/recovery-plans/plan-unknown/forecast").status == 404


def test_a_run_forecasts_its_end_and_remembers_what_was_forecast_at_its_start(
    admin: RestClient, new_plan: Make, new_group: Make, new_servers: Make
) -> None:
    group = new_group(sourceServerIds=new_servers(2, state="CONTINUOUS"))["groupId"]
    wave = {"number": 1, "name": "All", "protectionGroupIds": [group], "approvalRequired": True}
    plan = new_plan([group], waves=[wave])
    started = admin("POST", f"/recovery-plans/{plan['planId']}/execute", {"mode": "DRILL", "reason": "test"})
    path = f"/executions/{started.body['execution']['executionId']}"

    def forecast_in(status: str) -> Any:
        detail = admin.get(path).body
        return detail["forecast"] if detail["waves"][0]["status"] == status else None

    waits = eventually(lambda: forecast_in("AWAITING_APPROVAL"))
    assert (waits["endAt"], waits["reason"]) == (None, "no forecast until a person has decided")
    assert 0 < waits["plannedP50Seconds"] <= waits["plannedP90Seconds"]
    launches = admin.get(path).body["waves"][0]["launches"]
    assert [(each["accountId"], each["count"]) for each in launches] == [(EAST, 2)]
    assert admin("POST", f"{path}/waves/1/approve", {}).status == 200
    ended = eventually(lambda: forecast_in("COMPLETED"))
    assert ended["plannedP50Seconds"] == waits["plannedP50Seconds"]
    over = eventually(lambda: admin.get(path).body if admin.get(path).body["execution"]["endedAt"] else None)
    assert (over["forecast"]["endAt"], over["forecast"]["reason"]) == (None, "")
