"""Breaks things in the local cloud on purpose, and runs the scheduled functions that repair them."""

from typing import TYPE_CHECKING

from chalicelib.domain.runs.records import Execution
from chalicelib.domain.runs.watch import workflow_name
from drs_emulator.errors import ScenarioError
from local.client_hooks import Crash as ArrangedCrash
from local.demo.script import Crash, RunSchedule, Script

if TYPE_CHECKING:
    from local.cloud import LocalCloud


def require_functions(cloud: "LocalCloud", script: Script) -> None:
    """Checks the function names of a script. Raises ScenarioError for a function that this cloud does not have."""
    schedules = {schedule.function for schedule in cloud.runtime.schedules}
    for index, step in enumerate(script):
        if isinstance(step, Crash | RunSchedule):
            known = cloud.runtime.functions if isinstance(step, Crash) else schedules
            if step.function not in known:
                raise ScenarioError(
                    f"script[{index}].function",
                    f"there is no function {step.function!r} for this step; use one of: {', '.join(sorted(known))}",
                )


def arrange_crash(cloud: "LocalCloud", step: Crash) -> str:
    """Arranges a crash, and returns a description of it."""
    cloud.runtime.crash_next(step.function, service=step.service, operation=step.operation, when=step.moment)
    return describe_crash(step)


def describe_crash(crash: Crash | ArrangedCrash) -> str:
    """Which function crashes, and at which of its AWS calls."""
    moment = crash.moment if isinstance(crash, Crash) else crash.when
    call = f"its call to {crash.service}:{crash.operation}"
    if moment == "before":
        return f"{crash.function} crashes before {call} reaches AWS"
    return f"{crash.function} crashes after AWS has processed {call}"


def stop_workflow(cloud: "LocalCloud", execution: Execution) -> str:
    """Stops the state machine execution of a run, and returns its name. Raises RuntimeError if it is not running."""
    name = workflow_name(execution.execution_id, execution.workflow_run)
    arn = f"{str(cloud.state_machine_arn).replace(':stateMachine:', ':execution:')}:{name}"
    client = cloud.client("stepfunctions")
    if client.describe_execution(executionArn=arn)["status"] != "RUNNING":
        raise RuntimeError(f"The state machine {name} cannot be stopped because it is not running.")
    client.stop_execution(executionArn=arn, error="Lost", cause="Stopped by the scenario")
    return name


def run_schedule(cloud: "LocalCloud", step: RunSchedule) -> None:
    """Runs a scheduled function once, with the event of its schedule. Raises RuntimeError if it fails."""
    result = cloud.scheduler.run_now(step.function)
    if result.function_error:
        raise RuntimeError(f"{step.function} failed: {result.payload.decode()}")
