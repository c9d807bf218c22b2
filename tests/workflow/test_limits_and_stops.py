"""Waves that run out of time, and runs that are paused or cancelled while DRS is slow or loses answers."""

from datetime import UTC, datetime, timedelta

from chalicelib.store.tables.runs import WaveRunItem
from tests.waiting import eventually
from tests.workflow.drills import WEST, Drills

LATE = {"delaySeconds": 6.0}
"""Longer than the client waits for an answer."""


def test_a_wave_that_reaches_its_time_limit_ends_with_what_has_launched(drills: Drills) -> None:
    good, stuck = *drills.servers(1, account=WEST), *drills.servers()
    fault = drills.fault("LAUNCH_STUCK", stuck)
    execution = drills.start(
        drills.plan({"servers": [good, stuck], "timeoutMinutes": 30}, {"servers": drills.servers()})
    )
    eventually(lambda: _statuses(drills, execution).get(good.server_id) == "LAUNCHED")
    _let_time_run_out(execution)
    eventually(lambda: _wave_status(drills, execution, 1) == "TIMED_OUT")
    assert _statuses(drills, execution)[stuck.server_id] == "LAUNCHING", "DRS has not decided on it yet"
    eventually(lambda: _wave_status(drills, execution, 2) == "CANCELLED")
    assert execution in drills.holders().values(), "a run with an open job keeps its servers"
    drills.cloud.emulator.remove_fault(fault)
    run = drills.ended(execution)
    assert (run.status, run.wave_statuses) == ("PARTIAL", ["TIMED_OUT", "CANCELLED"])
    assert "limit of 30 minutes" in run.waves[1]["outcomeReason"]
    assert run.waves[1]["launchedCount"] == 2, "what has launched late has launched"
    assert [run.server(server)["status"] for server in (good, stuck)] == ["LAUNCHED", "LAUNCHED"]


def test_servers_that_queue_until_the_time_limit_are_reported_as_never_launched(drills: Drills) -> None:
    (server,) = drills.servers()
    drills.fault("THROTTLE", server, match={"operation": "StartRecovery"})
    execution = drills.start(drills.plan({"servers": [server]}))
    eventually(lambda: _refusals(drills, execution))
    _let_time_run_out(execution)
    run = drills.ended(execution)
    assert (run.status, run.wave_statuses) == ("FAILED", ["TIMED_OUT"])
    assert "Not launched" in run.server(server)["error"]


def test_a_cancelled_run_starts_nothing_new_and_reports_what_had_launched(drills: Drills) -> None:
    first, second = drills.servers(), drills.servers()
    fault = drills.fault("LAUNCH_STUCK", *first)
    execution = drills.start(drills.plan({"servers": first}, {"servers": second}))
    eventually(lambda: drills.jobs_with(first[0]))
    answer = drills.ask("execution-handler", "cancel_execution", executionId=execution)
    assert answer["execution"]["status"] == "CANCELLING"
    drills.cloud.emulator.remove_fault(fault)
    run = drills.ended(execution)
    assert (run.status, run.wave_statuses) == ("CANCELLED", ["COMPLETED", "CANCELLED"])
    assert run.server(first[0])["status"] == "LAUNCHED"
    assert not run.launches_of(second[0])


def test_a_cancelled_run_finds_a_launch_whose_answer_was_lost(drills: Drills) -> None:
    (server,) = drills.servers()
    drills.fault("DELAYED_ANSWER", server, match={"operation": "StartRecovery"}, times=1, parameters=LATE)
    execution = drills.start(drills.plan({"servers": [server]}))
    eventually(lambda: drills.jobs_with(server))
    drills.ask("execution-handler", "cancel_execution", executionId=execution)
    run = drills.ended(execution)
    assert run.status == "CANCELLED"
    assert run.kinds("JOB_ADOPTED")
    assert run.server(server)["status"] == "LAUNCHED", "cancelling stops nothing that DRS has begun"


def test_a_paused_run_launches_nothing_new_until_it_is_resumed(drills: Drills) -> None:
    first, second = drills.servers(), drills.servers()
    fault = drills.fault("LAUNCH_STUCK", *first)
    execution = drills.start(drills.plan({"servers": first}, {"servers": second}))
    eventually(lambda: drills.jobs_with(first[0]))
    drills.ask("execution-handler", "pause_execution", executionId=execution)
    drills.cloud.emulator.remove_fault(fault)
    eventually(lambda: _statuses(drills, execution)[first[0].server_id] == "LAUNCHED")
    eventually(lambda: _wave_status(drills, execution, 1) == "COMPLETED")
    assert _wave_status(drills, execution, 2) == "NOT_STARTED"
    resumed = drills.ask("execution-handler", "resume_execution", executionId=execution)
    # The second wave may have started before the statement was made.
    assert resumed["statement"] in {
        "Running. 1 wave not started; each starts once the waves that it depends on have ended.",
        "Running. 0 waves not started.",
    }
    run = drills.ended(execution)
    assert (run.status, run.wave_statuses) == ("COMPLETED", ["COMPLETED", "COMPLETED"])


def test_answers_say_what_a_command_will_really_do(drills: Drills) -> None:
    execution = drills.start(drills.plan({"servers": drills.servers(), "approvalRequired": True}))
    eventually(lambda: _wave_status(drills, execution, 1) == "AWAITING_APPROVAL")
    drills.ask("execution-handler", "pause_execution", executionId=execution)
    resumed = drills.ask("execution-handler", "resume_execution", executionId=execution)
    assert resumed["statement"].endswith("1 of them also needs an approval.")
    drills.ask("execution-handler", "pause_execution", executionId=execution)
    approved = drills.ask("execution-handler", "approve_wave", executionId=execution, waveNumber=1)
    assert approved["statement"] == "Wave 1 is approved and starts when the execution is resumed."
    resumed = drills.ask("execution-handler", "resume_execution", executionId=execution)
    assert "approval" not in resumed["statement"]
    again = drills.ask("execution-handler", "approve_wave", executionId=execution, waveNumber=1)
    assert not again["changed"]
    assert again["statement"].startswith("Wave 1 was already approved. It is ")
    assert drills.ended(execution).status == "COMPLETED"


def _let_time_run_out(execution_id: str) -> None:
    """Makes the first wave look as if it had begun long ago."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    WaveRunItem(execution_id=execution_id, wave_number=1).update(actions=[WaveRunItem.deadline_at.set(past)])


def _statuses(drills: Drills, execution_id: str) -> dict[str, str]:
    listed = drills.query_all("list_execution_servers", executionId=execution_id)
    return {server["sourceServerId"]: server["status"] for server in listed}


def _wave_status(drills: Drills, execution_id: str, number: int) -> str:
    waves = drills.query("get_execution", executionId=execution_id)["waves"]
    return next(str(wave["status"]) for wave in waves if wave["waveNumber"] == number)


def _refusals(drills: Drills, execution_id: str) -> bool:
    events = drills.query_all("list_execution_events", executionId=execution_id)
    return any(event["kind"] == "JOB_REFUSED" for event in events)
