"""Recovery plans through REST: versions, rules, and what cannot be changed during an execution."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.domain.runs.leases import group_lease_key, plan_lease_key
from chalicelib.domain.runs.records import Execution, ExecutionStatus, Mode
from chalicelib.ids import new_id
from chalicelib.store import paging
from chalicelib.store.tables.runs import EXECUTIONS
from chalicelib.store.writes.runs.leases import release_leases, take_leases

from .conftest import RestClient, waves_of

Make = Callable[..., Any]


def test_a_plan_is_read_back_as_it_was_created(admin: RestClient, new_group: Make, new_name: Make) -> None:
    first, second, third = (new_group()["groupId"] for _ in range(3))
    content = {
        "name": new_name(),
        "description": "the shop",
        "owner": "shop@example.com",
        "rtoMinutes": 60,
        "rpoMinutes": 15,
        "waves": [
            {"number": 2, "name": "Web", "protectionGroupIds": [second], "onFailure": "PAUSE", "delaySeconds": 30},
            {"number": 1, "name": "Data", "protectionGroupIds": [first], "minSuccessPercent": 50},
            {"number": 3, "name": "Reports", "protectionGroupIds": [third], "dependsOn": [], "timeoutMinutes": 10},
        ],
    }
    created = admin("POST", "/recovery-plans", content)
    assert created.status == 201
    assert admin.get(f"/recovery-plans/{created.body['planId']}").body == created.body
    waves = {wave["number"]: wave for wave in created.body["waves"]}
    assert list(waves) == [1, 2, 3]
    assert [wave["dependsOn"] for wave in waves.values()] == [[], [1], []]
    assert (waves[2]["onFailure"], waves[2]["delaySeconds"], waves[1]["minSuccessPercent"]) == ("PAUSE", 30, 50)


def test_a_plan_that_was_read_can_be_saved_again(admin: RestClient, new_plan: Make) -> None:
    plan = new_plan()
    given = ("name", "description", "owner", "rtoMinutes", "rpoMinutes", "waves", "version")
    saved = admin("PUT", f"/recovery-plans/{plan['planId']}", {name: plan[name] for name in given})
    assert (saved.status, saved.body["waves"]) == (200, plan["waves"])


def test_a_save_says_what_the_schedule_means_and_when_the_next_drills_are(
    admin: RestClient, new_group: Make, new_name: Make
) -> None:
    content = {
        "name": new_name(),
        "waves": waves_of(new_group()["groupId"]),
        "schedule": {"cron": "0 3 1-7 * */7", "timeZone": "Europe/Berlin"},
    }
    created = admin("POST", "/recovery-plans", content).body
    forecast = created["drillForecast"]
    meaning = "at 03:00 on every Sunday that is day 1 to 7 of the month (Europe/Berlin)"
    assert forecast["text"] == f"A drill starts {meaning}."
    assert len({date["dueAt"] for date in forecast["dates"]}) == 5
    assert forecast["dates"][0]["dueAt"] == created["nextDrillAt"]
    assert {date["weekday"] for date in forecast["dates"]} == {"SUN"}
    url = f"/recovery-plans/{created['planId']}"
    assert admin.get(url).body["drillForecast"] == forecast
    saved = admin("PUT", url, {**content, "schedule": {"cron": "0 4 * * *"}, "version": 1}).body
    assert saved["drillForecast"]["text"] == "A drill starts at 04:00 on every day (UTC)."
    content.pop("schedule")
    assert admin("PUT", url, {**content, "version": 2}).body["drillForecast"] is None


def version_of(plan: dict[str, Any]) -> dict[str, Any]:
    """A plan as its list of versions shows it: without its e-mail subscriptions and its next drills."""
    return {name: value for name, value in plan.items() if name not in {"notifications", "drillForecast"}}


def test_each_save_makes_a_version_and_keeps_the_earlier_ones(
    admin: RestClient, new_plan: Make, new_group: Make, new_name: Make
) -> None:
    plan = new_plan()
    url = f"/recovery-plans/{plan['planId']}"
    changed = {"name": new_name(), "waves": waves_of(new_group()["groupId"])}
    assert admin("PUT", url, {**changed, "version": 1}).body["version"] == 2
    assert admin("PUT", url, {**changed, "rtoMinutes": 5, "version": 2}).body["version"] == 3
    versions = list(admin.all_items(f"{url}/versions", limit=1))
    assert [version["version"] for version in versions] == [3, 2, 1]
    assert versions[-1] == version_of(plan)
    assert versions[0] == version_of(admin.get(url).body)


def test_a_page_of_large_versions_ends_early_and_its_cursor_leads_to_the_others(
    admin: RestClient, new_plan: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda returns at most 6 MB, and a version may have 350 kB."""
    plan = new_plan()
    url = f"/recovery-plans/{plan['planId']}"
    for version in (1, 2, 3):
        content = {"name": plan["name"], "waves": plan["waves"], "version": version}
        assert admin("PUT", url, content).status == 200
    monkeypatch.setattr(paging, "MAX_PAGE_BYTES", int(1.5 * len(json.dumps(version_of(plan)))))
    page = admin.get(f"{url}/versions", limit=100).body
    assert [version["version"] for version in page["items"]] == [4, 3]
    assert page["nextCursor"]
    assert [version["version"] for version in admin.all_items(f"{url}/versions", limit=100)] == [4, 3, 2, 1]


def test_a_plan_releases_the_groups_that_it_no_longer_names(admin: RestClient, new_plan: Make, new_group: Make) -> None:
    dropped, kept, added = (new_group()["groupId"] for _ in range(3))
    plan = new_plan([dropped, kept])
    content = {"name": plan["name"], "waves": waves_of(kept, added), "version": 1}
    assert admin("PUT", f"/recovery-plans/{plan['planId']}", content).status == 200
    assert admin("DELETE", f"/protection-groups/{dropped}").status == 200
    assert {admin("DELETE", f"/protection-groups/{group}").error for group in (kept, added)} == {"InUse"}


def test_a_stale_version_is_refused_with_the_current_one(admin: RestClient, new_plan: Make) -> None:
    plan = new_plan()
    content = {"name": plan["name"], "waves": plan["waves"], "version": 1}
    assert admin("PUT", f"/recovery-plans/{plan['planId']}", content).status == 200
    refused = admin("PUT", f"/recovery-plans/{plan['planId']}", content)
    assert (refused.status, refused.error, refused.details) == (409, "StaleVersion", {"currentVersion": 2})


def test_two_updates_of_one_version_have_exactly_one_winner(admin: RestClient, new_plan: Make) -> None:
    plan = new_plan()

    def save(minutes: int) -> int:
        content = {"name": plan["name"], "waves": plan["waves"], "rtoMinutes": minutes, "version": 1}
        return admin("PUT", f"/recovery-plans/{plan['planId']}", content).status

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(save, range(1, 5))) == [200, 409, 409, 409]


def test_two_creates_of_one_name_have_exactly_one_winner(admin: RestClient, new_group: Make, new_name: Make) -> None:
    content = {"name": new_name(), "waves": waves_of(new_group()["groupId"])}
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: admin("POST", "/recovery-plans", content), range(3)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409]


def test_names_are_unique_without_regard_to_case(admin: RestClient, new_plan: Make) -> None:
    plan = new_plan()
    refused = admin("POST", "/recovery-plans", {"name": plan["name"].upper(), "waves": plan["waves"]})
    assert (refused.status, refused.error, refused.details) == (409, "NameTaken", {"planId": plan["planId"]})
    other = new_plan()
    content = {"name": plan["name"], "waves": other["waves"], "version": 1}
    assert admin("PUT", f"/recovery-plans/{other['planId']}", content).error == "NameTaken"


def test_all_problems_of_all_waves_are_reported_together(admin: RestClient, new_group: Make) -> None:
    group_id = new_group()["groupId"]
    waves = [
        {"number": 1, "name": "", "protectionGroupIds": [group_id], "dependsOn": [1, 7]},
        {"number": 2, "name": "b", "protectionGroupIds": [group_id, "pg-unknown"], "timeoutMinutes": 0},
        {"number": 2, "name": "c", "protectionGroupIds": [], "minSuccessPercent": 101},
    ]
    refused = admin("POST", "/recovery-plans", {"name": "x", "waves": waves, "rtoMinutes": 0})
    assert refused.status == 400
    assert set(refused.problems) == {
        "rtoMinutes",
        "waves",
        "waves[0].name",
        "waves[0].dependsOn[0]",
        "waves[0].dependsOn[1]",
        "waves[1].protectionGroupIds[0]",
        "waves[1].protectionGroupIds[1]",
        "waves[1].timeoutMinutes",
        "waves[2].protectionGroupIds",
        "waves[2].minSuccessPercent",
    }


def test_a_cycle_of_dependencies_is_named(admin: RestClient, new_group: Make) -> None:
    waves = waves_of(*(new_group()["groupId"] for _ in range(3)))
    waves[0]["dependsOn"] = [3]
    refused = admin("POST", "/recovery-plans", {"name": "x", "waves": waves})
    assert "1 → 3 → 2 → 1" in refused.problems["waves"]


def test_wrong_types_and_unknown_fields_are_named_with_their_place(admin: RestClient) -> None:
    waves = [{"number": "one", "name": "a", "protectionGroupIds": "pg-1", "groupIds": [], "onFailure": "EXPLODE"}]
    refused = admin("POST", "/recovery-plans", {"waves": waves})
    assert set(refused.problems) == {
        "name",
        "waves[0].number",
        "waves[0].protectionGroupIds",
        "waves[0].groupIds",
        "waves[0].onFailure",
    }


@pytest.mark.parametrize("path", ["/recovery-plans/plan-unknown", "/recovery-plans/plan-unknown/versions"])
def test_unknown_plans_are_not_found(admin: RestClient, path: str) -> None:
    assert (admin.get(path).status, admin.get(path).error) == (404, "RecordNotFound")


def test_unknown_plans_cannot_be_changed_or_deleted(admin: RestClient, new_group: Make) -> None:
    content = {"name": "x", "waves": waves_of(new_group()["groupId"]), "version": 1}
    assert admin("PUT", "/recovery-plans/plan-unknown", content).status == 404
    assert admin("DELETE", "/recovery-plans/plan-unknown").status == 404


def test_a_deleted_plan_keeps_its_versions(admin: RestClient, new_plan: Make) -> None:
    plan = new_plan()
    deleted = admin("DELETE", f"/recovery-plans/{plan['planId']}")
    assert deleted.body == {"id": plan["planId"], "name": plan["name"]}
    assert admin.get(f"/recovery-plans/{plan['planId']}").status == 404
    assert admin.get(f"/recovery-plans/{plan['planId']}/versions").body["items"] == [version_of(plan)]
    assert new_plan(name=plan["name"])


def test_a_plan_of_more_groups_than_a_transaction_takes(admin: RestClient, new_group: Make, new_plan: Make) -> None:
    groups = [new_group(tags={"Many": str(number)})["groupId"] for number in range(34)]
    plan = new_plan(groups)
    assert admin("DELETE", f"/protection-groups/{groups[-1]}").error == "InUse"
    content = {"name": plan["name"], "waves": waves_of(groups[0]), "version": 1}
    assert admin("PUT", f"/recovery-plans/{plan['planId']}", content).status == 200
    assert {admin("DELETE", f"/protection-groups/{group}").status for group in groups[1:]} == {200}


@pytest.mark.parametrize("status", ["CREATED", "IN_PROGRESS", "PAUSED", "CANCELLING"])
def test_what_an_execution_works_with_cannot_be_changed(
    admin: RestClient, new_group: Make, new_plan: Make, status: str
) -> None:
    group = new_group()
    plan = new_plan([group["groupId"]])
    change = {"name": "other", "sourceServerIds": group["sourceServerIds"], "version": 1}
    with execution_of(plan, status) as execution_id:
        refusals = [
            admin("DELETE", f"/recovery-plans/{plan['planId']}"),
            admin("PUT", f"/protection-groups/{group['groupId']}", change),
        ]
        assert [(answer.status, answer.error) for answer in refusals] == [(409, "InUse")] * 2
        assert all(execution_id in answer.body["error"]["message"] for answer in refusals)
        content = {"name": plan["name"], "waves": waves_of(new_group()["groupId"]), "version": 1}
        assert admin("PUT", f"/recovery-plans/{plan['planId']}", content).status == 200
        still_in_use = admin("DELETE", f"/protection-groups/{group['groupId']}")
        assert still_in_use.details == {"executions": [execution_id]}
    assert admin("DELETE", f"/protection-groups/{group['groupId']}").status == 200


@contextmanager
def execution_of(plan: dict[str, Any], status: str) -> Iterator[str]:
    """An execution of the plan in this state, with its leases; it is over afterwards."""
    execution = Execution(
        execution_id=new_id("exec"),
        plan_id=plan["planId"],
        plan_version=plan["version"],
        plan_name=plan["name"],
        mode=Mode.DRILL,
        status=ExecutionStatus(status),
        started_at=datetime.now(UTC),
        initiated_by="Ada",
        wave_count=1,
        server_count=1,
    )
    item = EXECUTIONS.to_item(execution)
    item.save()
    groups = {group_id for wave in plan["waves"] for group_id in wave["protectionGroupIds"]}
    keys = [plan_lease_key(plan["planId"]), *(group_lease_key(group_id) for group_id in sorted(groups))]
    assert take_leases(keys, item.execution_id, item.started_at) == len(keys)
    try:
        yield item.execution_id
    finally:
        item.status = ExecutionStatus.COMPLETED
        item.save()
        release_leases(keys, item.execution_id)
