"""Checks of plans, with functions that die: that of the request, and the one that carries the check out."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.runs.preflight_checks import CheckState
from chalicelib.domain.runs.records import Mode
from chalicelib.management.plans import preflights
from chalicelib.store.reads.plans.preflights import find_check
from tests.waiting import eventually
from tests.workflow.crash_matrix.management_stage import ManagementStage, ManagementStory
from tests.workflow.drills import EAST, REGION_OF, Server

SHORT = timedelta(seconds=2)


def a_plan_is_checked(stage: ManagementStage) -> None:
    """A check that has died is repeated by the next request, as soon as its lease is over."""
    (server,) = stage.drills.servers()
    plan_id = _plan(stage, server)
    with _short_leases():
        shown = eventually(lambda: _checked_again(stage, plan_id))
    assert shown["result"]["readyCount"] == 1
    (verdict,) = stage.drills.query_all("list_preflight_servers", planId=plan_id)
    assert verdict["sourceServerId"] == server.server_id
    stage.command("delete_recovery_plan", planId=plan_id, done={"RecordNotFound"})


def a_check_fails_because_its_plan_is_gone(stage: ManagementStage) -> None:
    """Its failure is recorded, however often its function dies."""
    plan_id = _plan(stage, *stage.drills.servers(replication_state="STOPPED"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage.drills.cloud.runtime, "invoke_later", lambda *_, **__: "request")
        check_id = stage.command("refresh_plan_preflight", planId=plan_id)["checkId"]
    stage.command("delete_recovery_plan", planId=plan_id, done={"RecordNotFound"})
    check = {"planId": plan_id, "mode": "DRILL", "checkId": check_id}
    with _short_leases():
        eventually(lambda: stage.command("run_plan_preflight", **check)["outcome"] != "NOT_RUN" or _failed(plan_id))
    assert _failed(plan_id)


def _checked_again(stage: ManagementStage, plan_id: str) -> Any:
    """Asks for a check as a person does who sees that there is none, and waits until it has ended or died."""
    stage.command("refresh_plan_preflight", planId=plan_id)

    def shown() -> Any:
        found = stage.drills.query("get_plan_preflight", planId=plan_id)
        return found if found["state"] != "CHECKING" else None

    found = eventually(shown)
    return found if found["state"] == "CHECKED" else None


def _failed(plan_id: str) -> bool:
    """The plan is gone, and with it what is shown of its check."""
    check = find_check(plan_id, Mode.DRILL)
    return check is not None and check.state is CheckState.FAILED and plan_id in check.problem


@contextmanager
def _short_leases() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preflights, "LEASE", SHORT)
        yield


def _plan(stage: ManagementStage, *servers: Server) -> str:
    place = {"accountId": EAST, "region": REGION_OF[EAST]}
    chosen = [server.server_id for server in servers]
    group = {"name": f"Name {uuid.uuid4()}", "sourceServerIds": chosen, "idempotencyKey": str(uuid.uuid4())}
    group_id = stage.command("create_protection_group", **place, **group)["groupId"]
    waves = [{"number": 1, "name": "Wave", "protectionGroupIds": [group_id]}]
    plan: dict[str, Any] = {"name": f"Name {uuid.uuid4()}", "waves": waves, "idempotencyKey": str(uuid.uuid4())}
    return str(stage.command("create_recovery_plan", **plan)["planId"])


STORIES = [
    ManagementStory(
        a_plan_is_checked,
        (
            "preflights>preflights.begin_check",
            "preflights>preflights.invoke_check",
            "preflights>preflights.take_check",
            "preflights>preflights.record_progress",
            "preflights>preflights.write_parts",
            "preflights>preflights.end_check",
        ),
    ),
    ManagementStory(a_check_fails_because_its_plan_is_gone, ("preflights>preflights.fail_check",)),
]
