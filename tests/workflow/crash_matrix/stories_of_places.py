"""Two executions that wait for the quotas of one place, with functions that die."""

from datetime import timedelta

from chalicelib.domain.estate import quotas
from chalicelib.domain.launches import place_lines
from chalicelib.store.tables.launches import PlaceLineItem
from tests.workflow.crash_matrix.stage import Stage
from tests.workflow.crash_matrix.stories_of_runs import require_one_launch
from tests.workflow.crash_matrix.story import Story
from tests.workflow.drills import WEST, Run

RECOVERY = {"mode": "RECOVERY", "reason": "us-west-2 is failing"}


def a_recovery_and_a_drill_wait_at_one_place(stage: Stage) -> None:
    """The drill waits first; the recovery launches first, each server once, and no line is left."""
    other, drilled, recovered = stage.drills.servers(3, account=WEST)
    fault = stage.drills.fault("LAUNCH_STUCK", other)
    stage.drills.drs(WEST).start_recovery(sourceServers=[{"sourceServerID": other.server_id}], isDrill=True)
    drill = stage.start(stage.plan({"servers": [drilled]}))
    stage.until(lambda: drill in _in_line())
    recovery = stage.start(stage.plan({"servers": [recovered]}), **RECOVERY)
    stage.until(lambda: recovery in _in_line())
    stage.drills.cloud.emulator.remove_fault(fault)
    recovery_run, drill_run = stage.ended(recovery), stage.ended(drill)
    require_one_launch(recovery_run, [recovered])
    require_one_launch(drill_run, [drilled])
    assert _began(recovery_run) < _began(drill_run)
    assert not {recovery, drill} & _in_line()


def _in_line() -> set[str]:
    return {item.execution_id for item in PlaceLineItem.scan(consistent_read=True)}


def _began(run: Run) -> str:
    (job,) = run.jobs
    return str(job["creationDateTime"])


STORIES = [
    Story(
        a_recovery_and_a_drill_wait_at_one_place,
        ("place_queue>place_lines.stand_in_line", "place_queue>place_lines.leave_lines"),
        # A line counts for longer than the story takes, however busy the machine is.
        settings=((quotas, "SERVERS_IN_JOBS", 1), (place_lines, "LINE_LIFE", timedelta(minutes=10))),
    ),
]
