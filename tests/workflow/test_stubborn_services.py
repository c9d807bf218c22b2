"""Services that take less than their interface promises, refuse again and again, or cannot be stopped."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain import watch
from chalicelib.domain.errors import CloudError
from chalicelib.execution import mending
from tests.waiting import eventually
from tests.workflow.drills import Drills, Run
from tests.workflow.test_after_the_end import EXECUTION, kill_machine, terminated, wait_for_end, watched


def test_more_instances_than_a_job_takes_are_terminated_in_several(drills: Drills) -> None:
    """DRS's API takes 200 ids, and its job 100: a request of 101 would be refused for ever."""
    servers = drills.servers(101)
    run = drills.run(drills.plan({"servers": servers}))
    assert len(run.jobs) == 2
    drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
    told = terminated(drills, run.execution_id)
    assert (told["state"], told["terminated"]) == ("COMPLETED", 101)
    requests = Run(drills, run.execution_id).kinds("TERMINATION_REQUESTED")
    assert len(requests) == 2
    assert not Run(drills, run.execution_id).kinds("TERMINATION_REFUSED")


def test_a_refusal_that_comes_again_and_again_is_told_once(drills: Drills) -> None:
    run = drills.run(drills.plan({"servers": drills.servers()}))
    full = drills.fault("QUOTA_EXCEEDED", match={"operation": "TerminateRecoveryInstances"})
    drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
    for _ in range(4):
        watched(drills.cloud)
    assert len(Run(drills, run.execution_id).kinds("TERMINATION_REFUSED")) == 1
    drills.cloud.emulator.remove_fault(full)
    told = terminated(drills, run.execution_id)
    assert told["state"] == "COMPLETED"


@pytest.mark.parametrize("ended", [True, False], ids=["the machine has ended", "the stop fails"])
def test_a_machine_is_started_again_whatever_comes_of_stopping_it(
    drills: Drills, monkeypatch: pytest.MonkeyPatch, ended: bool
) -> None:
    """Only a machine that runs is stopped, and a stop that fails keeps no restart back."""
    stopped: list[str] = []

    def stop(_: Any, execution_id: str, *__: Any) -> None:
        stopped.append(execution_id)
        raise CloudError("StopExecution failed.")

    monkeypatch.setattr(mending, "stop_workflow", stop)
    execution_id = drills.start(drills.plan({"servers": drills.servers()}))
    eventually(lambda: Run(drills, execution_id).kinds("JOB_STARTED"), every=0.02)
    if ended:
        kill_machine(drills, execution_id)
    else:
        monkeypatch.setattr(watch, "SILENT_AFTER", timedelta(days=-1))
    watched(drills.cloud)
    assert stopped == ([] if ended else [execution_id])
    assert Run(drills, execution_id).kinds("WORKFLOW_RESTARTED")
    assert wait_for_end(drills, execution_id).status == "COMPLETED"
