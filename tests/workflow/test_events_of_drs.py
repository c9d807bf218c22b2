"""Events of DRS end the wait of a wave before its next poll, and do nothing else, whatever they say."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.store.writes.runs import waves
from tests.workflow.drills import EAST, WEST, Server
from tests.workflow.launch_results import deliver, launch_result, newest_job
from tests.workflow.played_by_hand import PlayedByHand
from tests.workflow.stepwise import Branch

WAIT, POLL = "WaitForWaveProgress", "WavePoll"


class Launching:
    """A wave whose one server is being launched, at its first wait."""

    def __init__(self, by_hand: PlayedByHand) -> None:
        self.by_hand = by_hand
        (self.server,) = by_hand.drills.servers()
        self.execution_id = by_hand.start({"servers": [self.server]})
        by_hand.until(self.execution_id, 1, "EXECUTING", seconds=0)
        self.job_id = newest_job(by_hand.drills, self.server)
        self.step_until_it_waits()

    @property
    def branch(self) -> Branch:
        (child,) = self.by_hand.world.runs[self.execution_id].children
        return child

    def step_until_it_waits(self) -> None:
        self.by_hand.go_to(WAIT, seconds=0)
        self.step()
        assert self.branch.token

    def step(self) -> None:
        self.by_hand.world.step(self.branch)

    def goes_on(self) -> bool:
        """Whether the wave can go on before any time has passed."""
        return self.branch in self.by_hand.world.ready()

    def launch(self) -> None:
        """DRS launches the server and ends the job, while no time passes for Step Functions."""
        self.by_hand.clock.pass_seconds(20)
        self.branch.waits_until = None

    def event(self, **others: Any) -> bool:
        return deliver(self.by_hand.cloud, launch_result(self.server, self.job_id, **others))


@pytest.fixture
def launching(by_hand: PlayedByHand) -> Launching:
    return Launching(by_hand)


def test_an_event_ends_the_wait_and_the_poll_sees_what_drs_shows(launching: Launching) -> None:
    assert not launching.goes_on()
    assert launching.event()
    launching.launch()
    assert launching.goes_on()
    (run,) = launching.by_hand.finish()
    assert (run.status, len(run.jobs)) == ("COMPLETED", 1)


def test_an_event_that_is_ahead_of_drs_ends_no_wave(launching: Launching) -> None:
    """Polling decides: DRS still shows the job, so the wave waits again."""
    assert launching.event()
    launching.step()
    assert launching.branch.name == POLL
    launching.step_until_it_waits()
    assert launching.by_hand.wave(launching.execution_id, 1)["status"] == "EXECUTING"
    launching.by_hand.finish()


def test_a_wave_that_is_woken_twice_is_polled_once_more(launching: Launching) -> None:
    assert launching.event()
    assert launching.event()
    launching.step()
    launching.step_until_it_waits()
    assert not launching.goes_on(), "the poll knew of both events"
    (run,) = launching.by_hand.finish()
    assert len(run.jobs) == 1


def test_an_event_during_a_poll_ends_the_wait_behind_it(launching: Launching) -> None:
    launching.event()
    launching.step()
    assert launching.branch.name == POLL
    launching.step()
    assert launching.event(), "the token of the wait before is used up"
    launching.step_until_it_waits()
    assert launching.goes_on()
    launching.by_hand.finish()


def test_an_event_after_the_end_wakes_nothing(launching: Launching) -> None:
    (run,) = launching.by_hand.finish()
    assert not launching.event()
    again = replace(run)
    assert (again.detail, again.servers, again.events) == (run.detail, run.servers, run.events)


def test_a_wave_is_woken_so_often_and_then_only_polled(launching: Launching, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waves, "MAX_WAKES", 2)
    assert [launching.event() for _ in range(4)] == [True, True, False, False]
    (run,) = launching.by_hand.finish()
    assert run.status == "COMPLETED"


def test_without_a_token_the_wave_waits_and_is_polled(launching: Launching) -> None:
    """The function that stores the token dies each time."""
    launching.event()
    launching.step()
    launching.by_hand.go_to(WAIT, seconds=0)
    for _ in range(2):
        launching.by_hand.world.let_next_call_die(2, "before")
        launching.by_hand.clock.pass_seconds(2)
        launching.step()
    assert launching.branch.name == "WaitWithoutEvents"
    launching.by_hand.world.spare()
    (run,) = launching.by_hand.finish()
    assert run.status == "COMPLETED"


def test_events_about_something_else_wake_nothing(launching: Launching) -> None:
    server = launching.server
    (stranger,) = launching.by_hand.drills.servers()
    wrong: list[tuple[Server, str]] = [
        (stranger, launching.job_id),
        (server, "drsjob-00000000000000000"),
        (server, ""),
        (replace(server, account=WEST), launching.job_id),
        (replace(server, region="eu-west-1"), launching.job_id),
        (replace(server, server_id="s-00000000000000000"), launching.job_id),
    ]
    for about, job_id in wrong:
        assert not deliver(launching.by_hand.cloud, launch_result(about, job_id)), (about, job_id)
    assert not launching.goes_on()
    launching.by_hand.finish()


@pytest.mark.parametrize(
    "others",
    [
        {"resources": []},
        {"resources": ["not an ARN"]},
        {"resources": [7]},
        {"resources": "arn:aws:drs:us-east-1:222233334444:source-server/s-11111111111111111"},
        {"resources": ["arn:aws:drs:us-east-1:222233334444:source-server/s-11111111111111111"] * 2},
        {"detail": {}},
        {"detail": "none"},
        {"detail": {"job-id": ["drsjob-1"]}},
        {"account": 5},
        {"region": None},
    ],
)
def test_events_that_are_no_launch_results_are_ignored(by_hand: PlayedByHand, others: dict[str, Any]) -> None:
    server = Server("s-11111111111111111", "nobody", EAST, "us-east-1")
    assert not deliver(by_hand.cloud, launch_result(server, "drsjob-11111111111111111", **others))
