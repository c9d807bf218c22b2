"""A new version that weakens a plan's approvals, where the plan demands two persons: both save the same version.

The first save is recorded on the plan and changes nothing else of it. The second, of the same content by another
person, is carried out. Runs that have started keep the version with which they started.
"""

import hashlib

import msgspec

from ...domain.access.context import CallContext
from ...domain.access.two_persons import (
    Act,
    Consent,
    FirstPerson,
    consent_of_two,
    require_person,
    second_person_needed,
)
from ...domain.plans.gates import weakened_by
from ...domain.plans.plans import PlanContent, RecoveryPlan
from ...store.writes.plans.plans import record_first_person


def first_to_weaken(before: RecoveryPlan, after: RecoveryPlan, call: CallContext) -> FirstPerson | None:
    """The first of two persons who have to save this version; None if it weakens nothing, or two persons agree.

    Raises NotPermitted for a caller that is not a verified person.
    """
    if not weakened_by(before, after):
        return None
    require_person(call.principal)
    asked = FirstPerson(Act.WEAKEN, call.principal.name, call.principal.person, call.now, _digest(after))
    consent = consent_of_two(before.first_person, asked)
    if consent is Consent.GRANTED:
        return None
    return before.first_person if consent is Consent.AGAIN else asked


def ask_second_person(before: RecoveryPlan, after: RecoveryPlan, first: FirstPerson) -> None:
    """Records the first person and raises SecondPersonNeeded; ConditionFailed if the plan was changed meanwhile."""
    if first != before.first_person:
        record_first_person(before, first)
    lost = "; ".join(weakened_by(before, after)[:5])
    raise second_person_needed(f"Nothing was saved, because the plan would be weaker: {lost}.", first)


def _digest(version: RecoveryPlan) -> str:
    """A digest of everything that people may change of a plan."""
    plain = msgspec.to_builtins({name: getattr(version, name) for name in PlanContent.__struct_fields__})
    return hashlib.sha256(msgspec.json.encode(plain, order="deterministic")).hexdigest()[:32]
