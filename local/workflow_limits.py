"""Enforces the quotas of Step Functions in moto's interpreter, which knows only some of them."""

import json
import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from moto.stepfunctions.exceptions import InvalidExecutionInput, InvalidName, ValidationException
from moto.stepfunctions.parser import models
from moto.stepfunctions.parser.api import ExecutionFailedEventDetails, HistoryEventType, InvalidOutput
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state import state
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (
    DistributedIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor import (
    distributed_item_processor_worker,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task import state_task_lambda
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager

LARGEST_PAYLOAD_BYTES = 256 * 1024
"""Of an input, an output or a result, as JSON in UTF-8."""
MOST_HISTORY_EVENTS = 25_000
"""Of an execution, its last event included; a child of a distributed Map has the same limit of its own."""

_LONGEST_NAME = 80
_NOT_IN_NAMES = re.compile(
    r'[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff\U0010ffff]',
)
_ENDS = frozenset(
    {
        HistoryEventType.ExecutionAborted,
        HistoryEventType.ExecutionFailed,
        HistoryEventType.ExecutionSucceeded,
        HistoryEventType.ExecutionTimedOut,
    }
)
# "States.ALL" catches neither.
_TERMINAL = frozenset({"States.DataLimitExceeded", "States.Runtime"})

_worker: Any = distributed_item_processor_worker.DistributedItemProcessorWorker
_add_event: Any = EventManager.add_event
_equals: Any = ErrorEqualsDecl._eval_body  # noqa: SLF001 — the interpreter offers no other place
_map_run: Any = DistributedIterationComponent._map_run  # noqa: SLF001
_eval_job: Any = _worker._eval_job  # noqa: SLF001
_eval_parameters: Any = StateTask._eval_parameters  # noqa: SLF001
_start_execution: Any = models.StepFunctionsParserBackend.start_execution


def enforce_limits() -> None:
    """From now on executions fail, and calls are refused, where the service's quotas are exceeded."""
    for module in (state, state_task_lambda, state_task_service):
        vars(module)["is_within_size_quota"] = fits
    replaced: Mapping[Any, Mapping[str, Any]] = {
        models.StepFunctionsParserBackend: {"start_execution": _start_within_limits},
        StateTask: {"_eval_parameters": _parameters_within_limit},
        DistributedIterationComponent: {"_map_run": _map_run_within_limit},
        _worker: {"_eval_job": _job_with_a_history_of_its_own},
        ErrorEqualsDecl: {"_eval_body": _equals_unless_terminal},
        EventManager: {"add_event": _add_event_within_limit},
    }
    for owner, methods in replaced.items():
        for name, method in methods.items():
            setattr(owner, name, method)


def fits(value: Any) -> bool:
    """Whether a value, or its JSON text, is small enough to be passed on."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8", "surrogatepass")) <= LARGEST_PAYLOAD_BYTES


def check_task_output(output: str) -> None:
    """Raises what SendTaskSuccess answers for an output that is too large or not JSON."""
    _check_length("output", output)
    try:
        json.loads(output)
    except ValueError as error:
        raise InvalidOutput(f"Invalid Output: {error}", "InvalidOutput") from error


def map_run_failure(env: Any, error: StatesErrorNameType, cause: str) -> FailureEventException:
    """What ends a distributed Map."""
    return _failure(env, error, cause, HistoryEventType.MapRunFailed)


def _start_within_limits(
    self: Any, state_machine_arn: str, name: str | None = None, execution_input: str | None = None, **more: Any
) -> Any:
    if name is not None:
        if not 1 <= len(name) <= _LONGEST_NAME:
            raise ValidationException(
                f"1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: Member must have "
                f"length from 1 to {_LONGEST_NAME}"
            )
        if _NOT_IN_NAMES.search(name):
            raise InvalidName(f"Invalid Name: '{name}'")
    if execution_input is not None:
        _check_length("input", execution_input)
        try:
            json.loads(execution_input)
        except ValueError as error:
            raise InvalidExecutionInput(f"Invalid State Machine Execution Input: '{error}'") from error
    return _start_execution(self, state_machine_arn, name, execution_input, **more)


def _check_length(field: str, text: str) -> None:
    if not fits(text):
        raise ValidationException(
            f"1 validation error detected: Value at '{field}' failed to satisfy constraint: Member must have length "
            f"less than or equal to {LARGEST_PAYLOAD_BYTES}"
        )


def _parameters_within_limit(self: Any, env: Any) -> Any:
    parameters = _eval_parameters(self, env)
    self._verify_size_quota(env, parameters)
    return parameters


def _map_run_within_limit(self: Any, env: Any, eval_input: Any) -> None:
    """The children's outputs are collected, whatever the Map's ResultPath makes of them."""
    _map_run(self, env=env, eval_input=eval_input)
    if not fits(env.stack[-1]):
        cause = (
            f"The state/task '{eval_input.state_name}' returned a result with a size exceeding the maximum number of "
            "bytes service limit."
        )
        raise map_run_failure(env, StatesErrorNameType.StatesStatesDataLimitExceeded, cause)


def _job_with_a_history_of_its_own(self: Any, env: Any, job: Any) -> None:
    env.event_manager = EventManager()
    _eval_job(self, env=env, job=job)


def _equals_unless_terminal(self: Any, env: Any) -> None:
    error = env.stack[-1]
    _equals(self, env)
    named = error in self.error_names
    if error is not None and error.error_name in _TERMINAL and not named:
        env.stack[-1] = False


def _add_event_within_limit(self: Any, context: Any, event_type: Any, *details: Any, **named: Any) -> int:
    if event_type not in _ENDS and self._event_id_gen._next_id >= MOST_HISTORY_EVENTS:  # noqa: SLF001
        cause = f"The execution reached the maximum number of history events ({MOST_HISTORY_EVENTS})."
        where = SimpleNamespace(next_state_name=None, event_history_context=context)
        raise _failure(where, StatesErrorNameType.StatesRuntime, cause, HistoryEventType.ExecutionFailed)
    return int(_add_event(self, context, event_type, *details, **named))


def _failure(env: Any, error: StatesErrorNameType, cause: str, kind: HistoryEventType) -> FailureEventException:
    failed = ExecutionFailedEventDetails(error=error.to_name(), cause=cause)
    # One of a dozen kinds of details, though the type asks for all of them.
    details: Any = {"executionFailedEventDetails": failed}
    event = FailureEvent(env=env, error_name=StatesErrorName(typ=error), event_type=kind, event_details=details)
    return FailureEventException(failure_event=event)
