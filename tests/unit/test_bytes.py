"""Sizes that AWS counts in bytes hold for text of any script: results of tasks, notices, groups, parameters."""

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws.actions.notices.notices import message_of
from chalicelib.domain.access.masking import MAX_MESSAGE, MAX_OUTPUT_BYTES, mask_output
from chalicelib.domain.estate.groups import MAX_GROUP_BYTES, GroupContent, Impact, content_problems
from chalicelib.domain.estate.sightings import ServerSighting
from chalicelib.domain.launches import progress
from chalicelib.domain.launches.progress import ServerChange, WaveStatusData, observe
from chalicelib.domain.limits import cut_bytes, sent_bytes, that_fit
from chalicelib.domain.notices.notices import NoticeKind, estate_notice
from chalicelib.domain.plans.plans import PlanContent, WaveContent, plan_problems
from chalicelib.domain.plans.steps import SsmAutomation
from chalicelib.domain.runs.records import ServerStatus
from chalicelib.domain.steps.step_runs import StepChange, StepStatus
from chalicelib.query import polling, step_polling
from tests.unit.domain.records import NOON, a_job, a_server, after, sighting

STATE_BYTES = NOTICE_BYTES = 262_144
WORST = ["a", '"', "\\", "ä", "€", "\U0001f600", "\x01", "\n"]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200) | st.sampled_from(WORST).map(
    lambda sign: sign * 5_000
)


@given(texts, st.integers(0, 300))
def test_text_is_cut_by_bytes_and_at_whole_characters(text: str, most: int) -> None:
    found = cut_bytes(text, most)
    assert len(found.encode()) <= most
    assert text.startswith(found)
    assert len(found) == len(text) or len(text[: len(found) + 1].encode()) > most


@given(st.lists(texts, max_size=20), st.integers(0, 2_000))
def test_values_that_fit_are_the_first_ones_and_at_least_one(values: list[str], most: int) -> None:
    found = that_fit(values, most)
    assert found == values[: len(found)]
    assert bool(found) == bool(values)
    assert len(found) <= 1 or sent_bytes(found) <= most + 2
    assert len(found) == len(values) or sent_bytes(values[: len(found) + 1]) > most


@pytest.mark.parametrize("sign", WORST)
def test_a_poll_fits_into_a_state_whatever_is_in_its_texts(sign: str) -> None:
    """Errors of servers, outputs of steps and problems at their largest, as a function returns them."""
    servers = [a_server(number) for number in range(600)]
    ids = [server.source_server_id for server in servers]
    jobs = [a_job(chunk, tuple(ids[start : start + 100])) for chunk, start in enumerate(range(0, 600, 100))]
    sightings = {}
    for job in jobs:
        failed = [ServerSighting(server_id, "FAILED", error=sign * 500) for server_id in job.server_ids]
        sightings[job.job_id] = sighting(job, *failed, status="COMPLETED", ended_at=after(500))
    seen = observe(servers, jobs, sightings, now=after(510), grace=timedelta(seconds=60))
    steps = [StepChange(f"step-{number}", StepStatus.FAILED, mask_output(sign * 9_000)) for number in range(200)]
    data = WaveStatusData(
        server_changes=seen.server_changes,
        step_changes=tuple(that_fit(steps, step_polling.MAX_CHANGES_BYTES)),
        problems=tuple(that_fit([sign * 400] * 200, polling.MAX_PROBLEMS_BYTES)),
    )
    assert seen.server_changes
    assert len(json.dumps(msgspec.to_builtins(data))) < STATE_BYTES - 30_000


def test_the_largest_single_change_fits_by_itself() -> None:
    change = ServerChange(
        "s" * 19, ServerStatus.FAILED, "i" * 19, "d" * 24, "\U0001f600" * progress.MAX_ERROR_CHARACTERS
    )
    assert sent_bytes(change) < progress.MAX_CHANGES_BYTES
    largest = max(sent_bytes(StepChange("k" * 300, StepStatus.FAILED, mask_output(sign * 9_000))) for sign in WORST)
    assert largest < step_polling.MAX_CHANGES_BYTES


@given(texts)
def test_the_output_of_a_step_is_cut_by_bytes(text: str) -> None:
    assert len(mask_output(text).encode()) <= MAX_OUTPUT_BYTES


@given(texts | st.sampled_from(WORST).map(lambda sign: f"{sign * 30} " * 200))
def test_a_notice_fits_into_a_message_of_sns_and_is_read_back(text: str) -> None:
    made = estate_notice(
        NoticeKind.SYNC_FAILING, "01E", NOON, text, place="p/us-east-1", count=1, dashboard_url="https://x.example"
    )
    sent = message_of(made)
    assert len(sent.encode()) < NOTICE_BYTES
    assert json.loads(json.loads(sent)["sqs"])["message"] == made.message
    assert len(made.message) <= MAX_MESSAGE + 2


def group(**content: Any) -> list[str]:
    made = GroupContent(name="Group", **content)
    return [problem.field for problem in content_problems(made)]


def test_a_group_of_the_most_servers_fits_and_one_beyond_its_record_is_refused() -> None:
    ids = tuple(f"s-{number:017x}" for number in range(5_000))
    assert group(source_server_ids=ids, impact_levels=dict.fromkeys(ids, Impact.OPTIONAL)) == []
    long = {f"{number:04}{'€' * 124}": Impact.OPTIONAL for number in range(5_000)}
    assert group(tags={"a": "b"}, impact_levels=long) == ["impactLevels"]
    fitting = {key: long[key] for key in list(long)[: MAX_GROUP_BYTES // 400]}
    assert group(tags={"a": "b"}, impact_levels=fitting) == []


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"P" * 51: ("x",)}, f".{'P' * 51}"),
        ({"": ("x",)}, "."),
        ({"P": ("€" * 513,)}, ".P[0]"),
        ({"P": ("x", "")}, ".P[1]"),
        ({"P": ("x",) * 51}, ".P"),
        ({f"P{number}": ("x",) for number in range(201)}, ""),
    ],
)
def test_parameters_that_systems_manager_would_refuse_are_refused_at_once(
    parameters: dict[str, tuple[str, ...]], field: str
) -> None:
    assert _problems(parameters) == [f"waves[0].preActions[0].parameters{field}"]


def test_the_limits_of_parameters_are_in_characters() -> None:
    assert _problems({"€" * 50: ("\U0001f600" * 512,), "Q": (), "R": ("x",) * 50}) == []


def _problems(parameters: dict[str, tuple[str, ...]]) -> list[str]:
    step = SsmAutomation(name="x", document="dr-step-x", parameters=parameters)
    content = PlanContent("Plan", (WaveContent(1, "One", ("pg-1",), pre_actions=(step,)),))
    return [problem.field for problem in plan_problems(content, ["pg-1"])]
