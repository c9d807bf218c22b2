"""The emulator's answers against those that AWS publishes or people have shown (`observed/`)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from drs_emulator.records import FailbackState, JobStatus, JobType, ReplicationState
from tests.contract.emulator.observations import FILES, mismatches, play, read_observation, settings_of

REPLACED_ID = re.compile(r"(s|i|pit|drsjob|subnet|sg|lt|snap|vol)-([0-9a-f])\2+\b")
ANY_ID = re.compile(r"\b(?:s|i|pit|drsjob|subnet|sg|lt|snap|vol)-[0-9a-f]{8,17}\b")
ACCOUNT_NUMBER = re.compile(r"\b\d{12}\b")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_emulator_answers_as_observed(file: Path, serve_with: Any) -> None:
    observation = read_observation(file)
    assert play(observation, serve_with(settings_of(observation))) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_observation_shows_an_id_of_somebody(file: Path) -> None:
    text = file.read_text()
    assert [found for found in ANY_ID.findall(text) if not REPLACED_ID.fullmatch(found)] == []
    assert [number for number in ACCOUNT_NUMBER.findall(text) if len(set(number)) > 1] == []


def test_the_observations_cover_what_clients_depend_on() -> None:
    assert len(FILES) >= 25
    text = "\n".join(file.read_text() for file in FILES)
    calls = set(re.findall(r"^call: (\w+)$", text, re.MULTILINE))
    described = {
        "DescribeJobs",
        "DescribeJobLogItems",
        "DescribeSourceServers",
        "DescribeRecoveryInstances",
        "DescribeRecoverySnapshots",
        "GetLaunchConfiguration",
        "GetReplicationConfiguration",
        "events",
    }
    assert described <= calls
    for values in (JobType, JobStatus, ReplicationState, FailbackState):
        assert [value for value in values if f"exact: {value}" not in text] == []
    for code in (
        "Conflict",
        "ServiceQuotaExceeded",
        "Throttling",
        "UninitializedAccount",
        "Validation",
        "AccessDenied",
    ):
        assert f"exact: {code}Exception" in text


ANSWER = {"job": {"status": "STARTED", "servers": [{"id": "s-1"}], "count": 3}}


@pytest.mark.parametrize(
    ("path", "kept", "broken"),
    [
        ("job.status", {"exact": "STARTED"}, {"exact": "PENDING"}),
        ("job.status", {"pattern": "START.*"}, {"pattern": "START"}),
        ("job.status", {"oneOf": ["STARTED", "PENDING"]}, {"oneOf": ["COMPLETED"]}),
        ("job.status", {"present": True}, {"absent": True}),
        ("job.endDateTime", {"absent": True}, {"present": True}),
        ("job.servers[].id", {"exact": ["s-1"]}, {"exact": []}),
        ("job.count", {"between": [1, 3]}, {"between": [4, 9]}),
        ("job.missing", {"absent": True}, {"pattern": ".*"}),
    ],
)
def test_a_rule_that_is_broken_is_reported(path: str, kept: dict[str, Any], broken: dict[str, Any]) -> None:
    assert mismatches(ANSWER, {path: kept}) == []
    (problem,) = mismatches(ANSWER, {path: broken})
    assert problem.startswith(f"{path} is ")
