"""What a scenario breaks on purpose in the local cloud, and the schedules that mend it, run ahead of their time."""

from typing import TYPE_CHECKING

from chalicelib.domain.runs.records import Execution
from chalicelib.domain.runs.watch import workflow_name
from drs_emulator.errors import ScenarioError
from local.client_hooks import Crash as ArrangedCrash
from local.demo.script import Crash, RunSchedule, Script

if TYPE_CHECKING:
    from local.cloud import LocalCloud


def require_functions(cloud: "LocalCloud", script: Script) -> None:
    """Raises ScenarioError for a step that names a function which this cloud does not have."""
    schedules = {schedule.function for schedule in cloud.runtime.schedules}
    for index, step in enumerate(script):
        if isinstance(step, Crash | RunSchedule):
            known = cloud.runtime.functions if isinstance(step, Crash) else schedules
            if step.function not in known:
                raise ScenarioError(
                    f"script[{index}].function", f"there is no {step.function!r}; there are: {', '.join(sorted(known))}"
                )


def arrange_crash(cloud: "LocalCloud", step: Crash) -> str:
    """Arranges the death; answers with what will happen."""
    cloud.runtime.crash_next(step.function, service=step.service, operation=step.operation, when=step.moment)
    return told_crash(step)


def told_crash(crash: Crash | ArrangedCrash) -> str:
    """Where a function dies, in a few words."""
    moment = crash.moment if isinstance(crash, Crash) else crash.when
    place = "before AWS sees its call of" if moment == "before" else "after AWS has acted on its call of"
    return f"{crash.function} dies {place} {crash.service}:{crash.operation}"


def stop_workflow(cloud: "LocalCloud", execution: Execution) -> str:
    """Ends the run's state machine; answers with its name. Raises RuntimeError when it was not running."""
    name = workflow_name(execution.execution_id, execution.workflow_run)
    arn = f"{str(cloud.state_machine_arn).replace(':stateMachine:', ':execution:')}:{name}"
    client = cloud.client("stepfunctions")
    if client.describe_execution(executionArn=arn)["status"] != "RUNNING":
        raise RuntimeError(f"The state machine {name} was to be stopped, and does not run.")
    client.stop_execution(executionArn=arn, error="Lost", cause="Stopped by the scenario")
    return name


def run_schedule(cloud: "LocalCloud", step: RunSchedule) -> None:
    """Runs the function once with the event of its schedule. Raises RuntimeError when it fails."""
    result = cloud.scheduler.run_now(step.function)
    if result.function_error:
        raise RuntimeError(f"{step.function} failed: {result.payload.decode()}")
