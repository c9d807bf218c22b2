"""Waves whose launches DRS refuses until their time is up: the servers' errors end with AWS's last word."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.store.tables.estate import TargetAccountItem
from chalicelib.store.tables.runs import WaveRunItem
from tests.waiting import eventually
from tests.workflow.drills import EAST, WEST, Drills, Run

PLACE = f"{EAST}/us-east-1"


def _timed_out(drills: Drills, execution_id: str, is_told: Callable[[Run], Any]) -> Run:
    """The run, whose wave times out as soon as the refusal is in the timeline."""
    eventually(lambda: is_told(Run(drills, execution_id)), every=0.3)
    late = datetime.now(UTC) - timedelta(seconds=1)
    WaveRunItem(execution_id=execution_id, wave_number=1).update([WaveRunItem.deadline_at.set(late)])
    run = drills.ended(execution_id)
    assert run.wave_statuses == ["TIMED_OUT"]
    return run


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("CONFLICT", "ConflictException"),
        ("THROTTLE", "ThrottlingException"),
        ("QUOTA_EXCEEDED", "ServiceQuotaExceededException"),
    ],
)
def test_a_refusal_that_never_ends_is_the_last_word_of_the_servers_and_of_the_wave(
    drills: Drills, kind: str, code: str
) -> None:
    (server,) = drills.servers()
    drills.fault(kind, match={"operation": "StartRecovery", "account": EAST})
    run = _timed_out(drills, drills.start(drills.plan({"servers": [server]})), lambda run: run.kinds("JOB_REFUSED"))
    error = run.server(server)["error"]
    assert error.startswith("Not launched: The wave reached its time limit of 120 minutes.")
    assert f"Last refusal in {PLACE}: {code}: " in error
    assert error.count(code) == 1
    assert code in run.waves[1]["outcomeReason"]


def test_each_server_has_the_last_word_of_its_own_place(drills: Drills) -> None:
    here, there = drills.servers(1)[0], drills.servers(1, account=WEST)[0]
    drills.fault("CONFLICT", match={"operation": "StartRecovery", "account": EAST})
    drills.fault("QUOTA_EXCEEDED", match={"operation": "StartRecovery", "account": WEST})
    run = _timed_out(
        drills, drills.start(drills.plan({"servers": [here, there]})), lambda run: len(run.kinds("JOB_REFUSED")) > 1
    )
    assert "ConflictException" in run.server(here)["error"]
    assert "ServiceQuotaExceededException" in run.server(there)["error"]
    assert "ConflictException" not in run.server(there)["error"]
    assert run.waves[1]["outcomeReason"].endswith("The reasons are with the servers.")


def test_a_place_that_cannot_be_read_is_told_at_once_and_in_the_end(drills: Drills) -> None:
    (server,) = drills.servers()
    drills.fault("ACCESS_DENIED", match={"operation": "DescribeJobs", "account": EAST})
    run = _timed_out(drills, drills.start(drills.plan({"servers": [server]})), lambda run: run.kinds("SERVERS_QUEUED"))
    (line,) = run.kinds("SERVERS_QUEUED")
    assert "1 server of wave 1 queued: " in line["message"]
    for text in (line["message"], run.server(server)["error"]):
        assert f"The DRS jobs in {PLACE} could not be read. DescribeJobs in account {EAST}" in text
        assert "AccessDeniedException" in text
    assert "AccessDeniedException" in run.waves[1]["waiting"][PLACE]


def test_a_role_that_cannot_be_assumed_any_more_is_the_reason(drills: Drills) -> None:
    (server,) = drills.servers()
    execution_id = drills.start(drills.plan({"servers": [server], "approvalRequired": True}))
    eventually(lambda: Run(drills, execution_id).wave_statuses == ["AWAITING_APPROVAL"])
    account = TargetAccountItem.get(EAST)
    role = account.operate_role_arn
    try:
        account.update([TargetAccountItem.operate_role_arn.set(f"arn:aws:iam::{EAST}:role/absent")])
        drills.ask("execution-handler", "approve_wave", executionId=execution_id, waveNumber=1)
        run = _timed_out(drills, execution_id, lambda run: run.kinds("JOB_REFUSED"))
    finally:
        account.update([TargetAccountItem.operate_role_arn.set(role)])
    assert f"The role arn:aws:iam::{EAST}:role/absent cannot be assumed" in run.server(server)["error"]
