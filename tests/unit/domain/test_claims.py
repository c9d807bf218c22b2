"""Claims without a known job: adopted, waited for or released, and never a second or a foreign job."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.attempts import Attempt, RefusalKind
from chalicelib.domain.estate.sightings import JobSighting, ServerSighting
from chalicelib.domain.launches.claims import (
    TAG_EXECUTION,
    TAG_JOB_RUN,
    ClaimVerdict,
    common_word,
    decide_claim,
    is_final_refusal,
    job_tags,
    last_words,
)
from chalicelib.domain.runs.records import JobStatus, Mode
from tests.unit.domain.records import ACCOUNT, EXECUTION_ID, REGION, a_job, a_server, after, server_id, sighting

SETTLE = timedelta(seconds=30)
SERVERS = (server_id(1), server_id(2))
CLAIM = a_job(3, SERVERS, status=JobStatus.CLAIMED, job_id="", claim_expires_at=after(75))
OURS = job_tags(EXECUTION_ID, 1, CLAIM.key)


def _job(
    name: str, servers: tuple[str, ...], tags: dict[str, str], status: str = "STARTED", **seen: Any
) -> JobSighting:
    shown = [ServerSighting(server, "PENDING") for server in servers]
    known = {"initiated_by": "START_DRILL", "started_at": after(1), **seen}
    return sighting(a_job(9, servers, job_id=name), *shown, tags=tags, status=status, **known)


def _decide(*jobs: JobSighting, at: float = 10) -> ClaimVerdict:
    return decide_claim(CLAIM, Mode.DRILL, jobs, now=after(at), settle=SETTLE).verdict


@pytest.mark.parametrize("at", [0, 10, 104, 105, 10_000])
@pytest.mark.parametrize("status", ["PENDING", "STARTED", "COMPLETED"])
def test_a_job_with_our_tags_is_adopted_at_any_time_whatever_servers_it_lists(at: float, status: str) -> None:
    for servers in (SERVERS, ()):
        decision = decide_claim(
            CLAIM, Mode.DRILL, [_job("drsjob-a", servers, OURS, status)], now=after(at), settle=SETTLE
        )
        assert decision.verdict is ClaimVerdict.ADOPT
        assert decision.job is not None
        assert decision.job.job_id == "drsjob-a"


def test_a_job_without_tags_is_adopted_if_it_has_exactly_the_claimed_servers() -> None:
    assert _decide(_job("drsjob-a", SERVERS, {})) is ClaimVerdict.ADOPT
    assert _decide(_job("drsjob-a", tuple(reversed(SERVERS)), {"Owner": "ops"})) is ClaimVerdict.ADOPT


@pytest.mark.parametrize("servers", [(), SERVERS[:1], (*SERVERS, server_id(3)), (server_id(7), server_id(8))])
def test_an_untagged_job_with_other_servers_is_not_ours(servers: tuple[str, ...]) -> None:
    assert _decide(_job("drsjob-a", servers, {})) is ClaimVerdict.WAIT


@pytest.mark.parametrize(
    "tags",
    [
        job_tags("exec-of-another-run", 1, CLAIM.key),
        job_tags(EXECUTION_ID, 1, "001#01#0004"),
        job_tags(EXECUTION_ID, 1, "001#02#0003"),
        {TAG_JOB_RUN: CLAIM.key},
    ],
)
def test_a_job_of_another_run_is_never_adopted_even_with_the_same_servers(tags: dict[str, str]) -> None:
    job = _job("drsjob-a", SERVERS, tags)
    assert _decide(job) is ClaimVerdict.WAIT
    assert _decide(job, at=200) is ClaimVerdict.RELEASE


@pytest.mark.parametrize(
    "seen", [{"started_at": after(-0.001)}, {"started_at": after(-90)}, {"started_at": None}, {"initiated_by": ""}]
)
def test_a_job_that_began_before_the_claim_or_says_too_little_is_not_ours(seen: dict[str, Any]) -> None:
    job = _job("drsjob-a", SERVERS, {}, **seen)
    assert _decide(job) is ClaimVerdict.WAIT
    assert _decide(job, at=200) is ClaimVerdict.RELEASE


@given(st.sampled_from(Mode), st.sampled_from(["START_DRILL", "START_RECOVERY", "FAILBACK", "TARGET_ACCOUNT", ""]))
def test_an_untagged_job_of_another_mode_is_not_ours(mode: Mode, initiated_by: str) -> None:
    """A RECOVERY whose request was lost never adopts a drill that was started in the console."""
    job = _job("drsjob-a", SERVERS, {}, initiated_by=initiated_by)
    decision = decide_claim(CLAIM, mode, [job], now=after(10), settle=SETTLE)
    assert (decision.verdict is ClaimVerdict.ADOPT) == (initiated_by == f"START_{mode}")


def test_tags_take_precedence_over_servers() -> None:
    untagged, tagged = _job("drsjob-a", SERVERS, {}), _job("drsjob-b", (), OURS)
    decision = decide_claim(CLAIM, Mode.DRILL, [untagged, tagged], now=after(10), settle=SETTLE)
    assert decision.job is tagged


@given(st.floats(0, 1_000))
def test_a_claim_is_released_only_when_no_request_can_still_be_in_progress(at: float) -> None:
    certain = after(at) >= CLAIM.claim_expires_at + SETTLE
    assert (_decide(at=at) is ClaimVerdict.RELEASE) == certain


def test_every_job_run_has_its_own_tags() -> None:
    runs = [a_job(chunk, attempt=attempt) for chunk in range(3) for attempt in (1, 2)]
    assert len({job_tags(EXECUTION_ID, 1, run.key)[TAG_JOB_RUN] for run in runs}) == len(runs)
    assert OURS[TAG_EXECUTION] == EXECUTION_ID


@pytest.mark.parametrize("kind", RefusalKind)
def test_servers_fail_only_if_a_repeated_request_would_be_refused(kind: RefusalKind) -> None:
    assert is_final_refusal(kind, 1) == (kind in {RefusalKind.DENIED, RefusalKind.INVALID})
    assert is_final_refusal(kind, 2) == (kind is RefusalKind.DENIED)


def test_an_answer_is_a_job_or_a_refusal_or_unknown() -> None:
    job = _job("drsjob-a", SERVERS, OURS)
    done, refused = Attempt.done(job), Attempt.refused(RefusalKind.QUOTA, "full")
    assert (done.result, done.refusal, done.is_unknown) == (job, None, False)
    assert (refused.result, refused.refusal, refused.is_unknown) == (None, RefusalKind.QUOTA, False)
    unknown = Attempt.unknown("lost")
    assert (unknown.result, unknown.refusal, unknown.is_unknown, unknown.reason) == (None, None, True, "lost")


def test_the_last_word_on_a_server_is_its_own_last_refusal_and_why_it_waited_in_the_end() -> None:
    refused, waiting, both, neither = (a_server(number) for number in range(1, 5))
    first = a_job(0, (refused.source_server_id, both.source_server_id), refusal="Throttling: slow down")
    last = a_job(1, (refused.source_server_id,), refusal="ConflictException: busy", claimed_at=after(9))
    earlier = a_job(2, (neither.source_server_id,), refusal="of an earlier attempt", attempt=0, claimed_at=after(99))
    here = f"{ACCOUNT}/{REGION}"
    for_one = last_words([refused], [last, earlier, first], attempt=1, waiting={})
    assert for_one == {refused.source_server_id: f"Last refusal in {here}: ConflictException: busy."}
    assert last_words([neither], [earlier], attempt=1, waiting={"999988887777/eu-west-1": "elsewhere"}) == {}
    words = last_words([waiting, both], [first, last], attempt=1, waiting={here: "The quotas are used up."})
    assert words[waiting.source_server_id] == f"Waited at the end in {here}: The quotas are used up."
    assert words[both.source_server_id].startswith(f"Last refusal in {here}: Throttling: slow down. Waited")


def test_a_word_that_all_servers_have_in_common_is_told_for_the_wave() -> None:
    assert common_word({}) == ""
    assert common_word({"s-1": "busy", "s-2": "busy"}) == "busy"
    assert common_word({"s-1": "busy", "s-2": "slow"}) == "The reasons are with the servers."
