"""The stored preflight: never checked, checked, of an older version, its causes, its servers and its sum."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.estate.accounts import TargetAccount
from chalicelib.domain.runs import preflight_results
from chalicelib.preflight.resolution import resolve_plan
from chalicelib.store.reads.plans import preflights
from chalicelib.store.reads.plans.plans import get_plan
from drs_emulator.settings import Throttling
from drs_emulator.throttle import Throttle
from local.cloud import LocalCloud
from tests.conftest import Clouds
from tests.integration.conftest import EAST, REGION_OF, WEST, Answer, RestClient
from tests.observed import REST, calls_of
from tests.preflights import checked, path_of
from tests.waiting import eventually

Make = Callable[..., Any]
FUNCTION = "data-management-handler"
READS = {"BatchGetItem", "GetItem", "Query"}


@pytest.fixture
def cloud(clouds: Clouds) -> Iterator[LocalCloud]:
    running = clouds.running()
    usual = running.emulator.world.throttle
    running.emulator.world.throttle = Throttle(Throttling(enabled=False))
    yield running
    running.emulator.clear_faults()
    running.emulator.world.throttle = usual


def test_a_plan_that_was_never_checked_says_so(admin: RestClient, new_plan: Make) -> None:
    plan_id = new_plan()["planId"]
    shown = admin.get(path_of(plan_id))
    assert (shown.status, shown.body["state"], shown.body["mode"]) == (200, "NEVER_CHECKED", "DRILL")
    assert (shown.body["check"], shown.body["result"]) == (None, None)
    assert "has not been checked" in shown.body["statement"]
    servers = admin.get(f"{path_of(plan_id)}/servers").body
    assert servers == {"checkId": "", "items": [], "nextCursor": None}


def test_a_check_is_accepted_at_once_and_its_result_is_found_where_the_answer_says(
    admin: RestClient, signed_in: Callable[[str], RestClient], new_plan: Make, new_group: Make, new_servers: Make
) -> None:
    here = new_group(sourceServerIds=new_servers(2, state="CONTINUOUS"))["groupId"]
    there = new_group(
        sourceServerIds=new_servers(account=WEST, state="CONTINUOUS"), accountId=WEST, region=REGION_OF[WEST]
    )["groupId"]
    plan_id = new_plan([here, there], rtoMinutes=60)["planId"]
    checked(admin, plan_id)
    # Everyone who may look may also check again.
    begun = signed_in("DRSReadOnly")("POST", path_of(plan_id), {"mode": "RECOVERY"})
    assert (begun.status, begun.body["joined"]) == (202, False)
    location = {name.lower(): value for name, value in begun.headers.items()}["location"].removeprefix("/api")
    shown = eventually(lambda: _with_result(admin.get(location), begun.body["checkId"]))
    assert (shown["mode"], shown["check"]["startedBy"]) == ("RECOVERY", "read-only@example.com")
    assert {(place["accountId"], place["step"]) for place in shown["check"]["progress"]} == {
        (EAST, "DONE"), (WEST, "DONE")
    }  # fmt: skip
    assert [place["checksDone"] for place in shown["check"]["progress"]] == [2, 1]
    result = shown["result"]
    assert (result["readyCount"], result["wouldStart"], result["planChanged"]) == (3, True, False)
    summary = result["startSummary"]
    assert [(place["accountId"], place["launchCount"]) for place in summary["places"]] == [(EAST, 2), (WEST, 1)]
    assert (summary["waveCount"], summary["launchCount"], summary["rtoMinutes"]) == (2, 3, 60)
    assert summary["expectedSeconds"] > 0


def _with_result(answer: Answer, check_id: str) -> Any:
    shown = answer.body
    return shown if shown["state"] == "CHECKED" and shown["check"]["checkId"] == check_id else None


def test_a_result_of_an_older_version_says_so(admin: RestClient, new_plan: Make) -> None:
    plan = new_plan()
    checked(admin, plan["planId"])
    content = {name: plan[name] for name in ("name", "waves")}
    assert admin("PUT", f"/recovery-plans/{plan['planId']}", {**content, "rtoMinutes": 5, "version": 1}).status == 200
    shown = admin.get(path_of(plan["planId"])).body
    assert (shown["planVersion"], shown["result"]["planVersion"], shown["result"]["planChanged"]) == (2, 1, True)
    assert "The plan has been saved since" in shown["statement"]


def test_a_stored_result_permits_no_start(
    admin: RestClient, cloud: LocalCloud, new_plan: Make, new_group: Make, new_servers: Make
) -> None:
    """The start checks by itself and finds what has changed since."""
    servers = new_servers(1, state="CONTINUOUS")
    plan_id = new_plan([new_group(sourceServerIds=servers)["groupId"]])["planId"]
    assert checked(admin, plan_id)["result"]["wouldStart"] is True
    drs = cloud.client("drs", account=EAST, region=REGION_OF[EAST])
    drs.disconnect_source_server(sourceServerID=servers[0])
    drs.delete_source_server(sourceServerID=servers[0])
    assert admin.get(path_of(plan_id)).body["result"]["wouldStart"] is True
    refused = admin("POST", f"/recovery-plans/{plan_id}/execute", {"mode": "DRILL"})
    assert (refused.status, refused.error) == (422, "PreflightBlocked")


def test_findings_are_grouped_and_their_servers_come_in_pages(
    admin: RestClient, new_plan: Make, new_group: Make, new_servers: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts of one server each, and pages that look at two: the pages have every server once, the worst first."""
    monkeypatch.setattr(preflight_results, "MOST_PART_SERVERS", 1)
    monkeypatch.setattr(preflight_results, "SERVERS_NAMED", 2)
    able, unable = new_servers(2, state="CONTINUOUS"), new_servers(3, state="INITIATING")
    plan_id = new_plan([new_group(sourceServerIds=[*able, *unable])["groupId"]])["planId"]
    result = checked(admin, plan_id)["result"]
    (cause,) = result["causes"]
    assert (cause["readiness"], cause["code"], cause["count"]) == ("BLOCKED", "NO_RECOVERY_POINT", 3)
    assert (len(cause["servers"]), bool(cause["remedy"])) == (2, True)
    summary = result["startSummary"]
    assert (summary["serverCount"], summary["launchCount"], summary["excludedCount"]) == (5, 2, 3)
    assert {server["sourceServerId"] for server in summary["excluded"]} == set(unable)
    assert summary["needsAcceptDegraded"] is True
    path = f"{path_of(plan_id)}/servers"
    for limit in (1, 2, 100):
        shown = [server["sourceServerId"] for server in admin.all_items(path, limit=limit)]
        assert (sorted(shown), set(shown[:3])) == (sorted([*able, *unable]), set(unable))
    monkeypatch.setattr(preflights, "PARTS_AT_ONCE", 2)
    for chosen, expected in (
        ({"readiness": "READY"}, able),
        ({"code": "NO_RECOVERY_POINT"}, unable),
        ({"readiness": "READY", "code": "NO_RECOVERY_POINT"}, []),
        ({"waveNumber": 2}, []),
        ({"waveNumber": 1}, [*able, *unable]),
    ):
        found = [server["sourceServerId"] for server in admin.all_items(path, limit=1, **chosen)]
        assert sorted(found) == sorted(expected), chosen


def test_a_page_of_servers_and_a_look_at_a_check_cost_two_calls(
    admin: RestClient, cloud: LocalCloud, new_plan: Make, new_group: Make, new_servers: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Also where few servers match, so that a page looks at many parts."""
    monkeypatch.setattr(preflight_results, "MOST_PART_SERVERS", 1)
    servers = new_servers(13, state="CONTINUOUS")
    plan_id = new_plan([new_group(sourceServerIds=servers)["groupId"]])["planId"]
    checked(admin, plan_id)
    path = f"{path_of(plan_id)}/servers"

    def reads_of(path: str, **parameters: str) -> tuple[list[str], Any]:
        with calls_of(cloud, REST) as calls:
            answer = admin.get(path, **parameters)
        assert answer.status == 200
        return sorted(call.operation for call in calls if call.operation in READS), answer.body

    assert reads_of(path_of(plan_id))[0] == ["BatchGetItem", "GetItem"]
    assert reads_of(path)[0] == ["BatchGetItem", "Query"]
    few, page = reads_of(path, code="NO_RECOVERY_POINT")
    assert (few, page["items"]) == (["BatchGetItem", "Query"], [])
    assert reads_of(path, code="NO_RECOVERY_POINT", cursor=page["nextCursor"])[0] == ["Query"]


def test_pages_stay_with_the_check_of_the_first_one(
    admin: RestClient, new_plan: Make, new_group: Make, new_servers: Make
) -> None:
    servers = new_servers(2, state="CONTINUOUS")
    plan_id = new_plan([new_group(sourceServerIds=servers)["groupId"]])["planId"]
    path = f"{path_of(plan_id)}/servers"
    first = checked(admin, plan_id)["check"]["checkId"]
    page = admin.get(path, limit=1).body
    second = checked(admin, plan_id)["check"]["checkId"]
    following = admin.get(path, limit=1, cursor=page["nextCursor"]).body
    assert [page["checkId"], following["checkId"], admin.get(path).body["checkId"]] == [first, first, second]
    assert {item["sourceServerId"] for item in (*page["items"], *following["items"])} == set(servers)


def test_what_stands_in_the_way_is_in_the_summary(
    admin: RestClient, cloud: LocalCloud, new_plan: Make, new_group: Make, new_servers: Make
) -> None:
    """A drill that a recovery would cancel, and approvals by someone else."""
    group = new_group(sourceServerIds=new_servers(2, state="CONTINUOUS"))["groupId"]
    wave = {"number": 1, "name": "All", "protectionGroupIds": [group], "approvalRequired": True}
    plan_id = new_plan([group], waves=[wave], approval={"twoPerson": True})["planId"]
    started = admin("POST", f"/recovery-plans/{plan_id}/execute", {"mode": "DRILL"}).body["execution"]
    summary = checked(admin, plan_id, mode="RECOVERY")["result"]["startSummary"]
    (drill,) = summary["preempts"]
    assert (drill["executionId"], drill["serverCount"]) == (started["executionId"], 2)
    (approval,) = summary["approvals"]
    assert (approval["waveNumber"], approval["byAnother"]) == (1, True)
    assert "DRSRecoveryManager" in approval["roles"]
    assert "DRSOperator" not in approval["roles"]
    drilled = checked(admin, plan_id)["result"]
    assert (drilled["wouldStart"], drilled["startSummary"]["preempts"]) == (False, [])
    assert [approval["byAnother"] for approval in drilled["startSummary"]["approvals"]] == [False]
    admin("POST", f"/executions/{started['executionId']}/cancel", {})
    eventually(lambda: admin.get(f"/executions/{started['executionId']}").body["execution"]["endedAt"])


def test_a_place_that_does_not_answer_is_shown_with_its_reason(
    admin: RestClient, cloud: LocalCloud, new_plan: Make, new_group: Make, new_servers: Make
) -> None:
    here = new_group(sourceServerIds=new_servers(state="CONTINUOUS"))["groupId"]
    there = new_group(sourceServerIds=new_servers(account=WEST), accountId=WEST, region=REGION_OF[WEST])["groupId"]
    plan_id = new_plan([here, there])["planId"]
    cloud.emulator.add_fault(
        {"kind": "ACCESS_DENIED", "match": {"operation": "DescribeSourceServers", "account": WEST}}
    )
    shown = checked(admin, plan_id)
    progress = {place["accountId"]: place for place in shown["check"]["progress"]}
    assert (progress[EAST]["step"], progress[WEST]["step"]) == ("DONE", "UNREAD")
    assert "AccessDenied" in progress[WEST]["problem"]
    assert [finding["code"] for finding in shown["result"]["findings"]] == ["PLAN_CANNOT_START"]


def test_an_operate_role_that_cannot_be_assumed_blocks_its_servers(
    admin: RestClient, cloud: LocalCloud, new_plan: Make, new_group: Make, new_servers: Make
) -> None:
    plan_id = new_plan([new_group(sourceServerIds=new_servers(state="CONTINUOUS"))["groupId"]])["planId"]
    role = cloud.identities.role(admin.get(f"/accounts/targets/{EAST}").body["operateRoleArn"])
    cloud.identities.add_role(replace(role, trust_policy={"Version": "2012-10-17", "Statement": []}))
    try:
        result = checked(admin, plan_id)["result"]
    finally:
        cloud.identities.add_role(role)
    assert [(cause["code"], cause["count"]) for cause in result["causes"]] == [("NO_LAUNCH_ACCESS", 1)]
    assert checked(admin, plan_id)["result"]["causes"] == []


def test_an_operate_role_that_could_not_be_tried_is_not_checked(
    cloud: LocalCloud, new_plan: Make, new_group: Make, new_servers: Make
) -> None:
    """It says nothing about the role, so it blocks nothing, and the server is not READY."""

    def throttled(account: TargetAccount, region: str) -> None:
        raise Unavailable(f"STS throttles in {account.account_id} {region}.")

    plan_id = new_plan([new_group(sourceServerIds=new_servers(state="CONTINUOUS"))["groupId"]])["planId"]
    (server,) = resolve_plan(get_plan(plan_id), datetime.now(UTC), throttled).servers
    assert (server.readiness, [finding.code for finding in server.findings]) == ("DEGRADED", ["NOT_CHECKED"])
    assert "STS throttles" in server.findings[0].reason
