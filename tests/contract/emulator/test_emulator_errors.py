"""Error codes: no operation answers a code that the service model does not declare for it, whatever goes wrong."""

from __future__ import annotations

from typing import Any

import pytest

from drs_emulator import ScenarioError
from drs_emulator.declared_errors import COMMON_CODES, as_declared, can_answer
from drs_emulator.errors import conflict, not_found, quota_exceeded, servers_in_a_job, uninitialized_account
from drs_emulator.faults import REFUSALS, FaultKind, refusals_of
from drs_emulator.operations import OPERATIONS
from drs_emulator.service_model import error_codes, input_shape, operation_model
from tests.contract.emulator.test_emulator_operations import call, sample


def answer_of(client: Any, operation: str) -> str:
    """The error code of a valid request for things that do not exist; empty when it succeeds."""
    shape = input_shape(operation_model(operation))
    return call(client, operation, sample(shape) if shape is not None else {})[0]


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_fault_refuses_what_declares_its_code_and_leaves_the_others_alone(served: Any, kind: FaultKind) -> None:
    served.emulator.add_fault({"kind": kind})
    refusing = {operation for operation in OPERATIONS if kind in refusals_of(operation)}
    for operation in OPERATIONS:
        code = answer_of(served.client(), operation)
        assert code == "" or code in error_codes(operation_model(operation)) | COMMON_CODES, operation
        assert code == REFUSALS[kind] or operation not in refusing, operation
    (standing,) = served.emulator.world.faults.list_standing()
    assert standing.struck == len(refusing)


def test_every_operation_can_be_refused_and_not_in_every_way() -> None:
    assert all(FaultKind.THROTTLE in refusals_of(operation) for operation in OPERATIONS)
    for kind in (FaultKind.CONFLICT, FaultKind.QUOTA_EXCEEDED, FaultKind.UNINITIALIZED):
        assert 0 < sum(kind in refusals_of(operation) for operation in OPERATIONS) < len(OPERATIONS)


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_every_error_is_answered_with_a_declared_code_and_its_own_words(operation: str) -> None:
    errors = [conflict("Busy."), not_found("Job", "drsjob-1"), quota_exceeded("", "Full."), uninitialized_account()]
    for error in [*errors, servers_in_a_job(["s-1"])]:
        answered = as_declared(operation, error)
        assert can_answer(operation, answered.code)
        assert answered.message == error.message
        assert answered is error or answered.code == "ValidationException"


def test_a_fault_that_could_never_strike_is_refused(served: Any) -> None:
    with pytest.raises(ScenarioError, match=r"match.operation: DescribeJobs never answers ConflictException"):
        served.emulator.add_fault({"kind": "CONFLICT", "match": {"operation": "DescribeJobs"}})
