"""What it takes to terminate the instances of a RECOVERY, on which production may run."""

from ...domain.access.context import CallContext
from ...domain.access.permissions import Permission, judge
from ...domain.access.two_persons import (
    Act,
    Consent,
    FirstPerson,
    consent_of_two,
    require_person,
    second_person_needed,
)
from ...domain.errors import FieldProblem, NotPermitted, StateConflict, require_no_problems
from ...domain.runs.events import EventKind
from ...domain.runs.records import Execution, TimelineEvent
from ...operations.afterwards import TerminateInstances
from ...store.reads.runs.executions import get_execution
from ...store.writes.afterwards.terminations import record_first_person
from ..notices.events import new_event
from ..people.gates import demands_two_persons
from ..people.standing import require_person_in_pool

_TRIES = 5


def require_consent_to_terminate(execution: Execution, request: TerminateInstances, call: CallContext) -> str:
    """Returns who has asked for the termination, in words, when it may be carried out.

    It takes the permission terminate-recovery, the plan's name, a reason, and two persons where the plan demands them.
    Raises NotPermitted, InvalidRequest, and SecondPersonNeeded after it has recorded the request of the first of two
    persons. A round that is open already is only continued, and needs no second person again.
    """
    verdict = judge(call.principal, call.mode, Permission.TERMINATE_RECOVERY)
    if not verdict.allowed:
        raise NotPermitted(f"This is a RECOVERY. {verdict.reason}")
    require_no_problems(_problems(execution, request))
    # Ending production can wait for Cognito: who cannot be looked up ends nothing.
    require_person_in_pool(call, Permission.TERMINATE_RECOVERY)
    is_open = execution.termination is not None and execution.termination.ended_at is None
    if is_open or not demands_two_persons(execution):
        return call.principal.name
    require_person(call.principal)
    return _two_persons(execution, request, call)


def _problems(execution: Execution, request: TerminateInstances) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if request.confirm.strip() != execution.plan_name:
        problem = (
            f"must be the plan's exact name, '{execution.plan_name}', because production may run on these instances"
        )
        problems.append(FieldProblem("confirm", problem))
    if not request.reason.strip():
        problems.append(FieldProblem("reason", "is required for a RECOVERY; say why its instances are terminated"))
    return problems


def _two_persons(execution: Execution, request: TerminateInstances, call: CallContext) -> str:
    for _ in range(_TRIES):
        now = call.now
        asked = FirstPerson(Act.TERMINATE, call.principal.name, call.principal.person, now)
        first = execution.first_person
        consent = consent_of_two(first, asked)
        if consent is Consent.GRANTED and first is not None:
            return f"{first.name} and {asked.name}"
        if consent is Consent.AGAIN and first is not None:
            raise second_person_needed("Nothing was terminated.", first)
        if record_first_person(execution, asked, _event(execution, asked, request)):
            raise second_person_needed("Nothing was terminated.", asked)
        # Another person has asked since the execution was read: decide again.
        execution = get_execution(execution.execution_id)
    raise StateConflict("The execution kept changing while this was being carried out. Nothing was done. Try again.")


def _event(execution: Execution, asked: FirstPerson, request: TerminateInstances) -> TimelineEvent:
    message = (
        f"{asked.name} asked to terminate the instances of this recovery, as the first of two people. Reason: "
        f"{request.reason.strip()} Someone else must ask for the same until {asked.expires_at:%Y-%m-%d %H:%M} UTC."
    )
    return new_event(execution.execution_id, asked.at, EventKind.SECOND_PERSON_NEEDED, message, act=Act.TERMINATE.value)
