"""Makes moto's Step Functions interpreter behave like the service, for any state machine.

The service's quotas are in `workflow_limits`; docs/local-cloud.md lists what cannot be corrected from outside.
"""

import logging
import os
import pickle
import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, lru_cache
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.config import Config
from moto.core.config import default_user_config
from moto.stepfunctions.parser import models, utils
from moto.stepfunctions.parser.api import (
    ExecutionStatus,
    InvalidToken,
    TaskTimedOut,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (
    DistributedIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
)
from moto.stepfunctions.parser.asl.parse import preprocessor
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.parser.backend import execution as execution_module
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

from local.direct_calls import Connect
from local.workflow_limits import check_task_output, enforce_limits, map_run_failure

# Longer than any Lambda function may run.
_INVOKE_READ_TIMEOUT_SECONDS = 960
# The interpreter calls from one thread per running state; a smaller pool would open a new connection for each call.
_INVOKE_CONNECTIONS = 256
# The interpreter keeps every thread that it ever started in a list; a long-lived process has to empty it.
_FINISHED_THREADS_KEPT = 1000

_WHOLE_PERCENTAGE = re.compile(r'("ToleratedFailurePercentage"\s*:\s*\d+)(?![\d.])')

# The key the interpreter signs with: it acts as the role of the state machine.
WORKFLOW_ACCESS_KEY = "AKIALOCALWORKFLOW000"


def run_state_machines_against(endpoint: str, *, port: int, connect: Connect) -> None:
    """From now on StartExecution really runs the state machine, and every task calls Lambda at `endpoint`.

    ``connect`` answers these calls without a connection.
    """
    default_user_config["stepfunctions"]["execute_state_machine"] = True
    os.environ["MOTO_PORT"] = str(port)
    interpreter: Any = lambda_eval_utils
    interpreter.boto_client_for = _shared_lambda_clients(endpoint, connect)
    _correct_the_interpreter()


@cache
def _correct_the_interpreter() -> None:
    """Once for all clouds of this process: a second correction would stand around the first, and not around moto."""
    enforce_limits()
    _end_executions_when_they_are_stopped()
    _refuse_tokens_of_tasks_that_are_over()
    _fail_a_distributed_map_whose_child_failed()
    _read_whole_percentages()
    _read_a_definition_once()


def stop_all_executions() -> None:
    """End what is still running, so that no thread of the interpreter calls a closed endpoint."""
    for regions in models.stepfunctions_parser_backends.values():
        for backend in regions.values():
            for execution in backend._get_executions(ExecutionStatus.RUNNING):  # noqa: SLF001
                execution.stop(datetime.now(tz=UTC), None, "the local cloud was stopped")


@cache
def _session() -> Any:
    """One for the engines of all clouds."""
    return boto3.session.Session()


def _shared_lambda_clients(endpoint: str, connect: Connect) -> Callable[..., Any]:
    """The interpreter makes a client for each task, which costs more time and memory than the task itself."""
    lock = threading.Lock()
    clients: dict[str, Any] = {}

    def client_for(region: str, service: str, **_: Any) -> Any:
        if service != "lambda":
            raise NotImplementedError(f"State machines can only call Lambda here, not {service}.")
        with lock:
            if len(utils.TMP_THREADS) > _FINISHED_THREADS_KEPT:
                utils.TMP_THREADS[:] = [thread for thread in utils.TMP_THREADS if thread.is_alive()]
            if region not in clients:
                made = clients[region] = _session().client(
                    "lambda",
                    region_name=region,
                    endpoint_url=endpoint,
                    aws_access_key_id=WORKFLOW_ACCESS_KEY,
                    aws_secret_access_key="local",  # noqa: S106 — signatures are not checked on loopback
                    config=Config(
                        retries={"total_max_attempts": 1},
                        read_timeout=_INVOKE_READ_TIMEOUT_SECONDS,
                        max_pool_connections=_INVOKE_CONNECTIONS,
                        parameter_validation=False,
                    ),
                )
                connect(made)
            return clients[region]

    return client_for


def _end_executions_when_they_are_stopped() -> None:
    """StopExecution ends an execution at once; moto waits for its task tokens and their timeouts first."""
    execution_class: Any = execution_module.Execution
    communication: Any = execution_module.BaseExecutionWorkerCommunication
    stop_program = execution_class.stop
    reflect_status = communication.terminated

    def stop(self: Any, stop_date: datetime, error: str | None, cause: str | None) -> None:
        if self.exec_status != ExecutionStatus.RUNNING:
            return
        self.exec_status = ExecutionStatus.ABORTED
        self.stop_date = datetime.now(tz=UTC)
        self.error, self.cause = error, cause
        # An execution that has just been started may not have a program to stop yet.
        for _ in range(100):
            if self.exec_worker.env is not None:
                break
            time.sleep(0.01)
        stop_program(self, stop_date, error, cause)
        for endpoint in _task_tokens(self).values():
            endpoint.interrupt_all()

    def terminated(self: Any) -> None:
        if self.execution.exec_status == ExecutionStatus.RUNNING:
            reflect_status(self)

    execution_class.stop = stop
    communication.terminated = terminated


def _refuse_tokens_of_tasks_that_are_over() -> None:
    """A token is valid once, while its task waits; later AWS answers TaskTimedOut and moto accepts it."""
    backend: Any = models.StepFunctionsParserBackend

    def complete(self: Any, token: str, outcome: Any) -> None:
        for execution in self._get_executions():
            endpoint = _task_tokens(execution).get(token)
            if endpoint is None:
                continue
            over = execution.exec_status != ExecutionStatus.RUNNING or endpoint.consumer_error is not None
            # A waiting task has neither been notified nor interrupted.
            if over or endpoint._notify_event.is_set():  # noqa: SLF001
                raise TaskTimedOut(
                    f"Task Timed Out: the task of this token is over ({execution.name}).", "TaskTimedOut"
                )
            endpoint.notify(outcome=outcome)
            return
        raise InvalidToken

    def send_task_success(self: Any, task_token: str, outcome: str) -> None:
        check_task_output(outcome)
        complete(self, task_token, CallbackOutcomeSuccess(callback_id=task_token, output=outcome))

    def send_task_failure(self: Any, task_token: str, error: str | None = None, cause: str | None = None) -> None:
        complete(self, task_token, CallbackOutcomeFailure(callback_id=task_token, error=error, cause=cause))

    backend.send_task_success = send_task_success
    backend.send_task_failure = send_task_failure


def _task_tokens(execution: Any) -> dict[str, Any]:
    env = getattr(execution.exec_worker, "env", None)
    # A copy: states that start meanwhile add to it.
    return dict(env.callback_pool_manager._pool) if env is not None else {}  # noqa: SLF001


def _fail_a_distributed_map_whose_child_failed() -> None:
    """More failed children than tolerated fail the Map in AWS; moto returns null for each and continues."""
    component: Any = DistributedIterationComponent
    run_children = component._map_run  # noqa: SLF001

    def map_run(self: Any, env: Any, eval_input: Any) -> None:
        record = eval_input.map_run_record
        # moto starts as many threads as children could run at once, however few children there are.
        record.max_concurrency = min(record.max_concurrency, len(env.stack[-1]))
        run_children(self, env=env, eval_input=eval_input)
        counts = record.item_counter
        failed = counts.failed.get() + counts.timed_out.get()
        total = max(counts.total.get(), 1)
        # Without a declared limit no failure is tolerated; a declared one decides.
        limits = [(failed, record.tolerated_failure_count), (100 * failed / total, record.tolerated_failure_percentage)]
        declared = [(actual, limit) for actual, limit in limits if limit > 0]
        exceeded = any(actual > limit for actual, limit in declared) if declared else failed > 0
        if exceeded:
            cause = "The specified tolerated failure threshold was exceeded"
            raise map_run_failure(env, StatesErrorNameType.StatesExceedToleratedFailureThreshold, cause)

    component._map_run = map_run  # noqa: SLF001


def _read_whole_percentages() -> None:
    """moto's grammar requires a fraction where AWS takes `"ToleratedFailurePercentage": 100` as well."""
    # moto warns that the limit has no effect; with the corrections here it has one.
    logging.getLogger(preprocessor.__name__).setLevel(logging.ERROR)
    parser: Any = AmazonStateLanguageParser
    parse = parser.parse

    def parse_definition(definition: str) -> Any:
        return parse(_WHOLE_PERCENTAGE.sub(r"\1.0", definition))

    parser.parse = staticmethod(parse_definition)


def _read_a_definition_once() -> None:
    """moto reads the definition for each execution and each path in it for each use, and makes a parser to do so.

    A definition takes a tenth of a second, and the first one much longer; a copy of it takes a hundredth of that.
    """
    for module in (json_path, result_path):
        # Paths keep no state.
        vars(module)["parse"] = cache(vars(module)["parse"])
    # It judges a new state machine by whether its definition can be read.
    vars(models)["AmazonStateLanguageParser"] = SimpleNamespace(parse=_program)

    def program(self: Any) -> Any:
        # An execution keeps state in its program, so each gets a copy of its own.
        definition = self._evaluation_details.state_machine_details.definition
        return pickle.loads(_program(definition))  # noqa: S301 — made here

    worker: Any = ExecutionWorker
    worker._get_evaluation_entrypoint = program  # noqa: SLF001


@lru_cache(maxsize=64)
def _program(definition: str) -> bytes:
    """A definition as moto reads it, once for all clouds of this process."""
    return pickle.dumps(AmazonStateLanguageParser.parse(definition)[0])
