"""Which servers can launch: "launches older data" and "cannot launch" are different."""

from typing import Any

import pytest

from chalicelib.domain.estate.servers import Finding, OperatingSystem, Readiness, SourceServer, judge_readiness, overall
from tests.unit.domain.records import ACCOUNT, NOON, REGION, server_id

STATES = [
    "STOPPED", "INITIATING", "INITIAL_SYNC", "BACKLOG", "CREATING_SNAPSHOT",
    "CONTINUOUS", "PAUSED", "RESCAN", "STALLED", "DISCONNECTED",
]  # fmt: skip


def _server(**fields: Any) -> SourceServer:
    known: dict[str, Any] = {
        "source_server_id": server_id(1),
        "account_id": ACCOUNT,
        "region": REGION,
        "hostname": "shop-db-1",
        "os": OperatingSystem.LINUX,
        "replication_state": "CONTINUOUS",
        "lag_seconds": 0,
        "tags": {},
        "seen_at": NOON,
    }
    return SourceServer(**known | fields)


@pytest.mark.parametrize("state", STATES)
def test_a_server_with_a_recovery_point_always_launches(state: str) -> None:
    findings = judge_readiness(_server(replication_state=state, lag_seconds=300))
    assert overall(findings) is (Readiness.READY if state == "CONTINUOUS" else Readiness.DEGRADED)
    assert all(state in finding.reason and "300 s" in finding.reason for finding in findings)


@pytest.mark.parametrize("state", STATES)
def test_a_server_without_a_recovery_point_never_launches(state: str) -> None:
    (finding,) = judge_readiness(_server(replication_state=state, has_recovery_point=False))
    assert (finding.readiness, finding.code) == (Readiness.BLOCKED, "NO_RECOVERY_POINT")
    assert finding.remedy


def test_a_server_that_is_not_in_drs_cannot_launch() -> None:
    (finding,) = judge_readiness(None)
    assert (finding.readiness, finding.code) == (Readiness.BLOCKED, "NOT_FOUND")


def test_a_server_whose_original_drs_cannot_reach_may_fail_and_says_where_to_look() -> None:
    (finding,) = judge_readiness(_server(staging_account_id="222222222222", extension_error="Not found."))
    assert (finding.readiness, finding.code) == (Readiness.DEGRADED, "EXTENSION_ERROR")
    assert "staging account 222222222222: Not found. " in finding.reason
    assert f"DRSStagingAccountRole_{ACCOUNT}" in finding.remedy


def test_a_lag_that_drs_does_not_report_is_unknown_and_not_zero() -> None:
    (finding,) = judge_readiness(_server(replication_state="STALLED", lag_seconds=None))
    assert "unknown" in finding.reason


def test_the_worst_finding_counts() -> None:
    levels = [Readiness.DEGRADED, Readiness.BLOCKED, Readiness.READY]
    assert overall(tuple(Finding(level, "X", "x", "y") for level in levels)) is Readiness.BLOCKED
    assert overall(()) is Readiness.READY
