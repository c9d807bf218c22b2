"""How far a failback is, concluded from both ends, and what may be done then."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.afterwards.failback import Direction, FailbackState, Outcome, ServerFailback
from chalicelib.domain.afterwards.failback_sightings import (
    FailbackInstance,
    FailbackSource,
    LastLaunch,
    Replicated,
    at_origin,
    at_recovery_end,
)
from chalicelib.domain.afterwards.failback_verdicts import judge_reversal, judge_start, judge_stop
from chalicelib.domain.estate.accounts import Place
from tests.unit.domain.records import NOON

HERE, HOME = Place("222233334444", "us-east-1"), Place("222233334444", "eu-west-1")
SERVER, REVERSED, INSTANCE = "s-11111111111111111", "s-22222222222222222", "i-11111111"
LINK = f"arn:aws:drs:{HOME.region}:{HOME.account_id}:source-server/{REVERSED}"
CONTINUOUS = Replicated("CONTINUOUS", 100)
AT_REST = ("NOT_STARTED", "STOPPED", "DISCONNECTED")

shown_states = st.sampled_from([*FailbackState, "FAILBACK_OF_TOMORROW"])
replications = st.sampled_from(
    [*AT_REST, "INITIATING", "INITIAL_SYNC", "CONTINUOUS", "BACKLOG", "RESCAN", "STALLED", "", "OF_TOMORROW"]
)


def instance(**fields: Any) -> FailbackInstance:
    known: dict[str, Any] = {
        "instance_id": INSTANCE,
        "source_server_id": SERVER,
        "instance_state": "RUNNING",
        "job_id": "drsjob-1",
        "from_ec2": True,
        "failback_state": "FAILBACK_READY_FOR_LAUNCH",
        "failback_began_at": NOON,
        "replication": CONTINUOUS,
    }
    return FailbackInstance(**known | fields)


def launcher(**fields: Any) -> FailbackSource:
    """The source server that launched the instance."""
    known: dict[str, Any] = {"source_server_id": SERVER, "origin": HOME, "reversed_arn": LINK}
    return FailbackSource(**known | {"replication": Replicated("STALLED")} | fields)


def reversed_server(**fields: Any) -> FailbackSource:
    known: dict[str, Any] = {"source_server_id": REVERSED, "origin": HERE, "direction": "FAILBACK"}
    return FailbackSource(**known | {"fed_by": INSTANCE, "replication": CONTINUOUS} | fields)


def launched(status: str, *, after: float = 60, is_drill: bool = False) -> LastLaunch:
    asked_at = NOON + timedelta(seconds=after)
    return LastLaunch(job_id="drsjob-2", status=status, is_drill=is_drill, asked_at=asked_at)


def judged(seen: FailbackInstance, *candidates: FailbackSource, end: FailbackSource | None = None) -> ServerFailback:
    asked = ServerFailback(account_id=HERE.account_id, region=HERE.region, source_server_id=SERVER)
    return at_origin(at_recovery_end(asked, seen, end or launcher()), candidates)


@pytest.mark.parametrize(
    ("replication", "launch", "state"),
    [
        ("INITIATING", LastLaunch(), "FAILBACK_IN_PROGRESS"),
        ("INITIAL_SYNC", LastLaunch(), "FAILBACK_IN_PROGRESS"),
        ("CONTINUOUS", LastLaunch(), "FAILBACK_READY_FOR_LAUNCH"),
        ("BACKLOG", LastLaunch(), "FAILBACK_NOT_READY_FOR_LAUNCH"),
        ("STALLED", LastLaunch(), "FAILBACK_NOT_READY_FOR_LAUNCH"),
        ("STOPPED", LastLaunch(), "FAILBACK_NOT_STARTED"),
        ("CONTINUOUS", launched("PENDING"), "FAILBACK_IN_PROGRESS"),
        ("STALLED", launched("IN_PROGRESS"), "FAILBACK_IN_PROGRESS"),
        ("CONTINUOUS", launched("LAUNCHED"), "FAILBACK_COMPLETED"),
        ("STOPPED", launched("LAUNCHED"), "FAILBACK_COMPLETED"),
        ("CONTINUOUS", launched("FAILED"), "FAILBACK_ERROR"),
        ("CONTINUOUS", launched("TERMINATED"), "FAILBACK_READY_FOR_LAUNCH"),
        ("CONTINUOUS", launched("LAUNCHED", is_drill=True), "FAILBACK_READY_FOR_LAUNCH"),
        ("CONTINUOUS", launched("LAUNCHED", after=-60), "FAILBACK_READY_FOR_LAUNCH"),
    ],
)
def test_the_reversed_server_decides_how_far_a_failback_inside_aws_is(
    replication: str, launch: LastLaunch, state: str
) -> None:
    seen = judged(instance(), reversed_server(replication=Replicated(replication), last_launch=launch))
    assert seen.state == state


@given(shown_states, replications, st.none() | replications, st.sampled_from(["", "PENDING", "LAUNCHED", "FAILED"]))
def test_a_failback_inside_aws_is_complete_only_by_a_launch_at_the_origin(
    shown: str, own: str, reversed_: str | None, status: str
) -> None:
    there = (
        [] if reversed_ is None else [reversed_server(replication=Replicated(reversed_), last_launch=launched(status))]
    )
    seen = judged(instance(failback_state=shown, replication=Replicated(own)), *there)
    assert (seen.state is FailbackState.COMPLETED) == (bool(there) and status == "LAUNCHED")


@given(shown_states, st.sampled_from(AT_REST), st.none() | replications)
def test_an_instance_that_does_not_replicate_is_not_on_its_way_home_whatever_it_shows(
    shown: str, own: str, reversed_: str | None
) -> None:
    there = [] if reversed_ is None else [reversed_server(replication=Replicated(reversed_))]
    seen = judged(instance(failback_state=shown, replication=Replicated(own)), *there)
    assert seen.state is FailbackState.NOT_STARTED
    assert judge_reversal(seen) is None
    start = judge_start(seen)
    assert start is not None
    assert start.outcome is Outcome.REFUSED


def test_a_server_that_another_instance_feeds_belongs_to_an_earlier_failback() -> None:
    stale = reversed_server(fed_by="i-22222222", last_launch=launched("LAUNCHED"))
    mine = reversed_server(source_server_id="s-33333333333333333")
    assert judged(instance(), stale, mine).reversed_server_id == "s-33333333333333333"
    lost = judged(instance(), stale)
    assert (lost.state, str(HOME) in lost.error) == (FailbackState.LAUNCH_STATE_NOT_AVAILABLE, True)


def test_a_launch_before_that_of_the_instance_belongs_to_an_earlier_failback() -> None:
    """An instance that DRS launches into keeps its id, and is at rest until its replication is reversed."""
    seen = instance(failback_began_at=None, replication=Replicated("NOT_STARTED"))
    there = reversed_server(last_launch=launched("LAUNCHED"))
    older = launcher(last_launch=LastLaunch(job_id="drsjob-1", asked_at=NOON))
    newer = launcher(last_launch=LastLaunch(job_id="drsjob-1", asked_at=NOON + timedelta(hours=1)))
    assert judged(seen, there, end=older).state is FailbackState.COMPLETED
    assert judged(seen, there, end=newer).state is FailbackState.NOT_STARTED


@given(replications, st.sampled_from(["LAUNCHED", "FAILED", "PENDING"]))
def test_an_instance_at_its_origin_is_never_launched_by_a_failback(replication: str, status: str) -> None:
    """The server that protects it again has a last launch too: the recovery that began it all."""
    protector = reversed_server(direction="FAILOVER", replication=Replicated(replication), last_launch=launched(status))
    seen = judged(instance(), protector, end=launcher(direction="FAILBACK"))
    assert seen.direction is Direction.FAILOVER
    assert seen.state not in {FailbackState.COMPLETED, FailbackState.ERROR}
    verdict = judge_start(seen)
    assert verdict is not None
    assert verdict.outcome is Outcome.REFUSED


def test_a_failback_client_is_judged_by_what_the_instance_shows() -> None:
    asked = ServerFailback(account_id=HERE.account_id, region=HERE.region, source_server_id=SERVER)
    for shown in FailbackState:
        alone = at_recovery_end(asked, instance(from_ec2=False, failback_state=shown), launcher())
        assert (alone.state, alone.origin_region) == (shown, "")


@given(st.sampled_from(FailbackState), replications)
def test_a_stop_is_sent_to_drs_for_failback_clients_only(state: FailbackState, replication: str) -> None:
    client = ServerFailback(
        account_id=HERE.account_id,
        region=HERE.region,
        source_server_id=SERVER,
        state=state,
        replication_state=replication,
    )
    inside = msgspec.structs.replace(
        client,
        from_ec2=True,
        origin_account_id=HOME.account_id,
        origin_region=HOME.region,
        reversed_server_id=REVERSED,
    )
    verdict = judge_stop(inside)
    assert verdict is not None
    if verdict.outcome is Outcome.REFUSED and "DRS stops only" in verdict.error:
        assert REVERSED in verdict.remedy
        assert str(HOME) in verdict.remedy
        assert "StopReplication" in verdict.remedy
