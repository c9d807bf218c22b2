"""Checks of plans as jobs: one at a time, followed while they run, and repeated when they have died or failed."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace as replace_struct

from chalicelib.domain.access.context import CallContext, Hub
from chalicelib.domain.access.permissions import SCHEDULE, InvocationMode
from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.runs.preflight_checks import LEASE, CheckState, PreflightCheck
from chalicelib.domain.runs.records import Mode
from chalicelib.management.plans import preflights
from chalicelib.preflight.progress import Progress
from chalicelib.store.reads.plans.preflights import find_check
from chalicelib.store.writes.plans.preflights import begin_check
from local.cloud import LocalCloud
from tests.conftest import Clouds
from tests.integration.conftest import EAST, REGION_OF, RestClient
from tests.preflights import checked, ended, path_of
from tests.waiting import eventually

Make = Callable[..., Any]
FUNCTION = "data-management-handler"


pytestmark = pytest.mark.usefixtures("unthrottled")


@pytest.fixture
def cloud(clouds: Clouds) -> Iterator[LocalCloud]:
    running = clouds.running()
    yield running
    running.emulator.clear_faults()


@pytest.fixture
def queue(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Lambda's queue, which delivers nothing by itself."""
    events: list[Any] = []

    def keep(function: str, event: Any, *, arn: str | None = None) -> str:
        del arn
        events.append((function, event))
        return "request"

    monkeypatch.setattr(cloud.runtime, "invoke_later", keep)
    return events


def deliver(cloud: LocalCloud, sent: tuple[str, Any]) -> Any:
    """The answer to an event of the queue."""
    function, event = sent
    return cloud.runtime.invoke(function, event)


def test_two_requests_at_once_are_one_check(
    admin: RestClient, cloud: LocalCloud, queue: list[Any], new_plan: Make
) -> None:
    plan_id = new_plan()["planId"]
    first, second = (admin("POST", path_of(plan_id), {}).body for _ in range(2))
    assert (first["checkId"], first["joined"], second["joined"]) == (second["checkId"], False, True)
    shown = admin.get(path_of(plan_id)).body
    assert (shown["state"], shown["result"]) == ("CHECKING", None)
    # Both were sent, in case that the first call had died, and Lambda may deliver one twice.
    outcomes = [deliver(cloud, sent).value["body"]["outcome"] for sent in (*queue, queue[0])]
    assert outcomes == ["ENDED", "NOT_RUN", "NOT_RUN"]
    assert admin.get(path_of(plan_id)).body["state"] == "CHECKED"


def test_a_check_that_runs_is_neither_sent_again_nor_carried_out_twice(
    admin: RestClient, cloud: LocalCloud, queue: list[Any], new_plan: Make
) -> None:
    plan_id = new_plan()["planId"]
    admin("POST", path_of(plan_id), {})
    cloud.runtime.crash_next(FUNCTION, service="dynamodb", operation="UpdateItem", nth=2)
    sent = queue.pop()
    assert deliver(cloud, sent).function_error
    joined = admin("POST", path_of(plan_id), {}).body
    assert (joined["joined"], queue) == (True, [])
    # Its lease goes on, so another delivery cannot know that it has died.
    assert deliver(cloud, sent).value["body"]["outcome"] == "NOT_RUN"


def test_a_check_for_another_moment_has_to_wait(admin: RestClient, queue: list[Any], new_plan: Make) -> None:
    plan_id, moment = new_plan()["planId"], f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    begun = admin("POST", path_of(plan_id), {}).body
    refused = admin("POST", path_of(plan_id), {"pointInTime": moment})
    assert (refused.status, refused.error) == (409, "AlreadyRunning")
    assert (refused.details["checkId"], len(queue)) == (begun["checkId"], 1)
    # A recovery is another check.
    assert admin("POST", path_of(plan_id), {"mode": "RECOVERY", "pointInTime": moment}).body["joined"] is False


def test_progress_is_shown_while_a_check_runs(
    admin: RestClient, cloud: LocalCloud, new_plan: Make, new_group: Make, new_servers: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """One of five servers is answered late."""
    monkeypatch.setattr(preflights, "SECONDS_BETWEEN_SIGNS", 0.02)
    servers = new_servers(5, state="CONTINUOUS")
    plan_id = new_plan([new_group(sourceServerIds=servers)["groupId"]])["planId"]
    cloud.emulator.add_fault(
        {"kind": "SLOW_CALL", "match": {"operation": "GetLaunchConfiguration", "serverIds": [servers[0]]},
         "parameters": {"delaySeconds": 2.0}}
    )  # fmt: skip
    admin("POST", path_of(plan_id), {})

    def under_way() -> Any:
        shown = admin.get(path_of(plan_id)).body
        assert shown["state"] == "CHECKING"
        (place,) = shown["check"]["progress"] or [{"checksDone": 0}]
        return place if place["checksDone"] else None

    place = eventually(under_way, every=0.01)
    assert (place["step"], place["checks"], 0 < place["checksDone"] < 5) == ("CHECKING", 5, True)
    (place,) = ended(admin, plan_id)["check"]["progress"]
    assert (place["step"], place["checksDone"]) == ("DONE", 5)


def test_a_check_that_died_says_so_and_can_be_repeated(
    admin: RestClient, cloud: LocalCloud, queue: list[Any], new_plan: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The result of the check before stays."""
    plan_id = new_plan()["planId"]
    admin("POST", path_of(plan_id), {})
    deliver(cloud, queue.pop())
    monkeypatch.setattr(preflights, "LEASE", timedelta(seconds=1))
    died = admin("POST", path_of(plan_id), {}).body
    cloud.runtime.crash_next(FUNCTION, service="dynamodb", operation="BatchWriteItem")
    assert deliver(cloud, queue[0]).function_error
    shown = ended(admin, plan_id)
    assert (shown["state"], shown["check"]["checkId"]) == ("INTERRUPTED", died["checkId"])
    assert "was interrupted" in shown["statement"]
    assert "As of" in shown["statement"]
    assert shown["result"]["blockedCount"] == 1
    # Lambda delivers an event again when its function has died.
    assert deliver(cloud, queue.pop()).value["body"]["outcome"] == "ENDED"
    assert admin.get(path_of(plan_id)).body["state"] == "CHECKED"
    admin("POST", path_of(plan_id), {})
    assert ended(admin, plan_id)["state"] == "INTERRUPTED", "nobody has carried it out"
    again = admin("POST", path_of(plan_id), {}).body
    assert again["joined"] is False
    assert deliver(cloud, queue.pop()).value["body"]["outcome"] == "ENDED"


def test_a_check_that_cannot_be_begun_is_no_check(
    admin: RestClient, cloud: LocalCloud, new_plan: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_id = new_plan()["planId"]
    with monkeypatch.context() as patch:
        patch.setattr(cloud.runtime, "invoke_later", _fail)
        refused = admin("POST", path_of(plan_id), {})
    assert refused.status in {502, 503}
    shown = admin.get(path_of(plan_id)).body
    assert (shown["state"], shown["result"]) == ("FAILED", None)
    assert shown["check"]["problem"] == refused.body["error"]["message"]
    checked(admin, plan_id)


def _fail(*_: Any, **__: Any) -> str:
    raise RuntimeError("Lambda cannot take the event")


def test_a_check_of_a_plan_that_was_deleted_fails(
    admin: RestClient, cloud: LocalCloud, queue: list[Any], new_plan: Make
) -> None:
    plan = new_plan()
    admin("POST", path_of(plan["planId"]), {})
    assert admin("DELETE", f"/recovery-plans/{plan['planId']}?version=1").status == 200
    outcome = deliver(cloud, queue.pop()).value["body"]
    assert (outcome["outcome"], plan["planId"] in outcome["reason"]) == ("FAILED", True)
    assert admin.get(path_of(plan["planId"])).status == 404


def test_a_check_that_works_renews_its_lease_and_writes_nothing_that_has_not_changed(cloud: LocalCloud) -> None:
    noon = now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    call = CallContext(
        "request", SCHEDULE, InvocationMode.DIRECT_LAMBDA, clock=lambda: now, deadline=noon, hub=Hub("aws", "1", "r")
    )
    plan_id, progress = f"plan-{uuid.uuid4()}", Progress()
    check = PreflightCheck(
        plan_id=plan_id,
        mode=Mode.DRILL,
        check_id="check-1",
        state=CheckState.RUNNING,
        point_in_time=None,
        started_at=noon,
        started_by="olivia",
        lease_until=noon + LEASE,
        runner="run-1",
    )
    assert begin_check(check, noon)
    signs = preflights.SignsOfLife(check, progress, call)

    def lease_after(seconds: float) -> float:
        """Until when the lease goes on, in seconds after noon, after a sign at this time."""
        nonlocal now
        now = noon + timedelta(seconds=seconds)
        signs.give()
        found = find_check(plan_id, Mode.DRILL)
        assert found is not None
        return (found.lease_until - noon).total_seconds()

    assert [lease_after(seconds) for seconds in (2, 29, 30, 31)] == [60, 60, 90, 90]
    progress.begin([Place(EAST, REGION_OF[EAST])])
    assert [lease_after(seconds) for seconds in (32, 33)] == [92, 92]
    assert not begin_check(replace_struct(check, check_id="check-2"), noon + timedelta(seconds=91))
    assert begin_check(replace_struct(check, check_id="check-2", runner=""), noon + timedelta(seconds=92))
    assert lease_after(200) == 60, "the check that was replaced changes nothing any more"
