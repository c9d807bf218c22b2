"""An event of DRS wakes a wave only if the wave still waits for exactly this result."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.runs.records import ServerStatus
from chalicelib.domain.runs.wakes import LaunchResult, judge_event, launch_result_of
from tests.unit.domain.records import a_server

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10) | st.just("job-id"), inner),
    max_leaves=6,
)
SERVER, JOB = "s-11111111111111111", "drsjob-11111111111111111"
ARN = f"arn:aws:drs:us-east-1:222233334444:source-server/{SERVER}"
RESULT = LaunchResult("222233334444", "us-east-1", SERVER, JOB)


@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING)
def test_whatever_an_event_holds_it_is_read_or_ignored(account: Any, region: Any, resources: Any, detail: Any) -> None:
    assert launch_result_of(account, region, resources, detail) is None


@given(st.sampled_from(["aws", "aws-us-gov", "aws-cn"]), st.dictionaries(st.text(max_size=10), ANYTHING, max_size=3))
def test_a_launch_result_is_read_in_every_partition_whatever_else_it_holds(
    partition: str, more: dict[str, Any]
) -> None:
    arn = ARN.replace("arn:aws:", f"arn:{partition}:")
    assert launch_result_of("222233334444", "us-east-1", [arn], {**more, "job-id": JOB}) == RESULT


@given(
    st.sampled_from(ServerStatus),
    st.sampled_from([JOB, "", "drsjob-other"]),
    st.sampled_from(["222233334444", "333344445555"]),
    st.sampled_from(["us-east-1", "us-west-2"]),
)
def test_only_the_awaited_result_wakes(status: ServerStatus, job_id: str, account: str, region: str) -> None:
    run = a_server(source_server_id=SERVER, status=status, job_id=job_id, account_id=account, region=region)
    awaited = not status.is_final and (job_id, account, region) == (JOB, "222233334444", "us-east-1")
    verdict = judge_event(RESULT, run)
    assert verdict.wakes is awaited
    assert verdict.reason


def test_a_server_that_was_never_launched_wakes_nothing() -> None:
    assert not judge_event(RESULT, None).wakes
