"""Requests to terminate instances: which still hold their instances, and which can do no more."""

from typing import Any

import pytest

from chalicelib.domain.afterwards.termination import Sighted, judge_termination, split_requests
from chalicelib.domain.afterwards.termination_requests import TERMINATION_PREFIX, TerminationRequest, of_round
from chalicelib.domain.attempts import RefusalKind
from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.sightings import InstanceSighting
from chalicelib.domain.runs.records import JobStatus, ServerStatus, job_run_key
from tests.unit.domain.records import ACCOUNT, EXECUTION_ID, NOON, REGION, a_server, after, server_id

PLACE = Place(ACCOUNT, REGION)
INSTANCE = "i-00000000000000001"


def _request(*instance_ids: str, **fields: Any) -> TerminationRequest:
    known: dict[str, Any] = {
        "execution_id": EXECUTION_ID,
        "round": 1,
        "chunk": 0,
        "account_id": ACCOUNT,
        "region": REGION,
        "status": JobStatus.STARTED,
        "instance_ids": instance_ids or (INSTANCE,),
        "claimed_at": NOON,
        "claim_expires_at": after(75),
        "job_id": "drsjob-1",
    }
    return TerminationRequest(**known | fields)


def _refused(kind: RefusalKind, *instance_ids: str) -> TerminationRequest:
    return _request(*instance_ids, status=JobStatus.REFUSED, refusal_kind=kind.value, job_id="")


def test_the_keys_sort_before_those_of_all_launch_requests_and_in_the_order_of_the_requests() -> None:
    keys = [_request(round=1, chunk=2).key, _request(round=1, chunk=10).key, _request(round=2).key]
    assert keys == sorted(keys)
    assert all(key.startswith(TERMINATION_PREFIX) and key < job_run_key(1, 0, 1) for key in keys)


def test_only_the_requests_of_a_round_are_its_own() -> None:
    first, second = _request(round=1), _request(round=2)
    assert of_round([first, second], 2) == [second]


@pytest.mark.parametrize(
    ("request_", "is_open", "is_unanswered", "is_done"),
    [
        (_request(status=JobStatus.CLAIMED, job_id=""), True, True, False),
        (_request(), True, False, False),
        (_request(status=JobStatus.COMPLETED), False, False, True),
        (_refused(RefusalKind.THROTTLED), False, False, False),
        (_refused(RefusalKind.DENIED, "i-1", "i-2"), False, False, True),
        (_refused(RefusalKind.INVALID, "i-1", "i-2"), False, False, False),
        (_refused(RefusalKind.INVALID, "i-1"), False, False, True),
    ],
)
def test_the_states_of_a_request(
    request_: TerminationRequest, is_open: bool, is_unanswered: bool, is_done: bool
) -> None:
    assert (request_.is_open, request_.is_unanswered, request_.is_done) == (is_open, is_unanswered, is_done)


@pytest.mark.parametrize(
    ("requests", "to_request", "going", "stuck"),
    [
        ([], {PLACE: (INSTANCE,)}, set(), set()),
        ([_request()], {}, {INSTANCE}, set()),
        ([_request(status=JobStatus.COMPLETED)], {}, set(), {INSTANCE}),
        ([_refused(RefusalKind.THROTTLED)], {PLACE: (INSTANCE,)}, set(), set()),
    ],
)
def test_termination_of_a_running_instance_is_requested_unless_a_request_holds_or_has_tried_it(
    requests: list[TerminationRequest], to_request: dict[Place, tuple[str, ...]], going: set[str], stuck: set[str]
) -> None:
    server = a_server(1, status=ServerStatus.LAUNCHED, recovery_instance_id=INSTANCE)
    seen = InstanceSighting(INSTANCE, server_id(1), "drsjob-launch", "RUNNING")
    judged = judge_termination([server], [], requests, Sighted(frozenset({PLACE}), {PLACE: (seen,)}))
    assert judged.to_request == to_request
    assert (set(judged.going), set(judged.stuck)) == (going, stuck)


@pytest.mark.parametrize(
    ("state", "requests", "outcome"),
    [
        ("RUNNING", [], "stuck"),
        ("STOPPED", [], "stuck"),
        ("RUNNING", [_request()], "going"),
        ("RUNNING", [_request(status=JobStatus.COMPLETED)], "stuck"),
        ("SHUTTING-DOWN", [], "going"),
        ("TERMINATED", [], "gone"),
        ("NOT_FOUND", [_request(status=JobStatus.COMPLETED)], "gone"),
    ],
)
def test_an_instance_that_has_left_drs_is_gone_only_when_ec2_says_so(
    state: str, requests: list[TerminationRequest], outcome: str
) -> None:
    server = a_server(1, status=ServerStatus.LAUNCHED, recovery_instance_id=INSTANCE)
    seen = InstanceSighting(INSTANCE, server_id(1), "", state, in_drs=False)
    judged = judge_termination([server], [], requests, Sighted(frozenset({PLACE}), {PLACE: (seen,)}))
    assert judged.to_request == {}, "DRS would refuse it"
    assert (set(judged.stuck), set(judged.left_drs)) == (({INSTANCE},) * 2 if outcome == "stuck" else (set(),) * 2)
    assert set(judged.going) == ({INSTANCE} if outcome == "going" else set())
    assert judged.gone == ((server,) if outcome == "gone" else ())
    assert judged.over == (outcome != "going")


def test_a_request_that_was_refused_for_its_instances_is_repeated_in_halves() -> None:
    ids = tuple(f"i-{number}" for number in range(8))
    sizes = [len(chunk) for chunk in split_requests(ids, [_refused(RefusalKind.CONFLICT, *ids)])]
    assert sizes == [4, 4]
    assert [len(chunk) for chunk in split_requests(ids, [_refused(RefusalKind.THROTTLED, *ids)])] == [8]
