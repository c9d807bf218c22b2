"""Who may let a wave start, or pass over its approval: the permission, and a second person where the plan demands one.

Plans demand two persons for a RECOVERY only. The version of the plan that was started decides, whatever its current
version says.
"""

from ...domain.access.context import CallContext
from ...domain.access.permissions import Permission, judge
from ...domain.access.two_persons import Act, Consent, FirstPerson, consent_to_wave, second_person_needed
from ...domain.errors import StateConflict
from ...domain.runs.events import EventKind
from ...domain.runs.interventions import require_right_to_skip
from ...domain.runs.records import Execution, Mode, WaveRun
from ...store.reads.plans.plans import get_plan_version
from ...store.reads.runs.executions import get_wave
from ...store.writes.runs.waves import record_first_person
from ..notices.events import new_event
from .standing import ask_about_person

_TRIES = 5
_DONE = {Act.APPROVE: "was approved", Act.SKIP: "is to be skipped without its approval"}


def demands_two_persons(execution: Execution) -> bool:
    """Whether the plan of this run demands two persons; true for a RECOVERY only."""
    if execution.mode is not Mode.RECOVERY:
        return False
    return get_plan_version(execution.plan_id, execution.plan_version).approval.two_person


def ask_about_decider(execution: Execution, call: CallContext) -> str:
    """For a RECOVERY what ``ask_about_person`` says and raises; a drill may be decided on with any valid token."""
    return ask_about_person(call, Permission.APPROVE) if execution.mode is Mode.RECOVERY else ""


def consent_to(act: Act, execution: Execution, wave: WaveRun, call: CallContext) -> Consent:
    """Whether the act on the wave is agreed to. A first request of two is recorded before this returns FIRST.

    Raises NotPermitted for a caller that may not agree.
    """
    if not demands_two_persons(execution):
        return Consent.GRANTED
    for _ in range(_TRIES):
        now = call.now
        consent = consent_to_wave(execution.initiated_by_subject, wave.first_person, act, call.principal, now)
        if consent is not Consent.FIRST or _record(act, wave, call):
            return consent
        # Another person has asked since the wave was read, or the wave was decided on: decide again by what it is now.
        wave = get_wave(wave.execution_id, wave.wave_number)
        if not wave.has_open_gate or wave.status.is_final:
            return Consent.GRANTED
    raise StateConflict("The wave kept changing while this was being carried out. Nothing was done. Try again.")


def require_consent_to_skip(execution: Execution, wave: WaveRun, call: CallContext) -> str:
    """Lets a wave whose approval nobody has given be skipped only by those who could approve it.

    Returns what ``ask_about_decider`` says. Raises NotPermitted, and SecondPersonNeeded after it has recorded the
    request of the first of two persons.
    """
    if not wave.has_open_gate:
        return ""
    verdict = judge(call.principal, call.mode, Permission.APPROVE)
    require_right_to_skip(wave, verdict)
    note = ask_about_decider(execution, call)
    if consent_to(Act.SKIP, execution, wave, call) is not Consent.GRANTED:
        first = get_wave(wave.execution_id, wave.wave_number).first_person
        if first is not None:
            raise second_person_needed(f"Wave {wave.wave_number} was not skipped.", first)
    return note


def _record(act: Act, wave: WaveRun, call: CallContext) -> bool:
    now = call.now
    first = FirstPerson(act, call.principal.name, call.principal.person, now)
    message = (
        f"Wave {wave.wave_number} '{wave.name}' {_DONE[act]} by {call.principal.name}, as the first of two people. "
        f"Someone else must decide the same until {first.expires_at:%Y-%m-%d %H:%M} UTC."
    )
    event = new_event(
        wave.execution_id, now, EventKind.SECOND_PERSON_NEEDED, message, wave_number=wave.wave_number, act=act.value
    )
    return record_first_person(wave, first, event)
