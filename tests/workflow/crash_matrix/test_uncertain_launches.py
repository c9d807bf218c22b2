"""Launches whose function died before the request to DRS, and what the timeline says of them."""

from collections.abc import Callable
from itertools import groupby

from tests.waiting import eventually
from tests.workflow.crash_matrix.deaths import Deaths, Point
from tests.workflow.crash_matrix.stage import Stage
from tests.workflow.drills import WEST, Drills, Run


def test_a_launch_that_was_claimed_and_never_sent_is_uncertain_at_first(
    drills: Drills, deaths: Deaths, until_certain: Callable[[], None]
) -> None:
    (server,) = drills.servers()
    stage = Stage(drills, deaths, [Point("launching>recoveries.start_recovery", "before")])
    execution = stage.start(stage.plan({"servers": [server]}))
    eventually(lambda: Run(drills, execution).kinds("JOB_UNCERTAIN"))
    until_certain()
    run = drills.ended(execution)
    assert run.status == "COMPLETED"
    assert len(run.launches_of(server)) == 1
    # On a busy machine the second request, too, may take longer than it stays uncertain here, and is refused again.
    kinds = [kind for kind, _ in groupby(event["kind"] for event in run.events if event["kind"].startswith("JOB_"))]
    assert kinds == ["JOB_UNCERTAIN", "JOB_REFUSED", "JOB_STARTED", "JOB_ENDED"]
    assert "UTC, the launch is requested again" in run.kinds("JOB_UNCERTAIN")[0]["message"]
    message = run.kinds("JOB_REFUSED")[0]["message"]
    assert message.startswith("The launch of 1 server in 222233334444/us-east-1 never reached DRS: ")
    assert message.endswith("the function that made it has ended. They stay queued.")


def test_a_later_launch_of_a_wave_that_was_never_sent_is_reported_once(
    drills: Drills, deaths: Deaths, until_certain: Callable[[], None]
) -> None:
    """DRS throttles one place at first, so its servers are requested later. There the function dies."""
    east, west = drills.servers(), drills.servers(1, account=WEST)
    drills.fault("THROTTLE", match={"operation": "StartRecovery", "account": WEST}, times=1)
    stage = Stage(drills, deaths, [Point("launching>recoveries.start_recovery", "before", nth=3)])
    execution = stage.start(stage.plan({"servers": [*east, *west]}))
    eventually(lambda: Run(drills, execution).kinds("JOB_UNCERTAIN"))
    until_certain()
    run = drills.ended(execution)
    assert run.status == "COMPLETED"
    assert [len(run.launches_of(server)) for server in (*east, *west)] == [1, 1]
    (line,) = run.kinds("JOB_UNCERTAIN")
    assert line["message"].startswith("The launch of 1 server in 333344445555/")
