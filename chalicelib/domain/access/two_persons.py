"""The rule of two persons: who may agree to an act, and when a second person is needed.

A person is the subject of a verified token. A name or an e-mail address that a caller declares is not one.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from ..errors import NotPermitted, SecondPersonNeeded
from .permissions import Principal

REQUEST_LIFE = timedelta(hours=24)
"""How long the first person's request waits for the second."""


class Act(StrEnum):
    """What needs two persons: to let a wave start, to pass over its approval, to end a recovery, to weaken a plan."""

    APPROVE = "APPROVE"
    SKIP = "SKIP"
    TERMINATE = "TERMINATE"
    WEAKEN = "WEAKEN"


class FirstPerson(msgspec.Struct, frozen=True, rename="camel"):
    """A person who has asked for an act that a second person has to ask for as well.

    ``fingerprint`` is a digest of the request where more than its target decides what it does.
    """

    act: Act
    name: str
    subject: str
    at: datetime
    fingerprint: str = ""

    @property
    def expires_at(self) -> datetime:
        return self.at + REQUEST_LIFE


class Consent(StrEnum):
    """GRANTED: two persons agree. FIRST: this is the first of them. AGAIN: the first has repeated the request."""

    GRANTED = "GRANTED"
    FIRST = "FIRST"
    AGAIN = "AGAIN"


def consent_to_wave(
    initiator: str, first: FirstPerson | None, act: Act, principal: Principal, now: datetime
) -> Consent:
    """Whether a person may approve, or skip, a wave of a RECOVERY whose plan demands two persons.

    ``initiator`` is the subject of the person who started it. Without one, as after a direct invocation, two different
    persons have to ask. Raises NotPermitted for the initiator, and for a caller that is not a verified person.
    """
    require_person(principal)
    if not initiator:
        return consent_of_two(first, FirstPerson(act, principal.name, principal.person, now))
    if principal.person == initiator:
        raise NotPermitted(
            "This plan requires two people. You started this recovery, so someone else must decide on its waves."
        )
    return Consent.GRANTED


def consent_of_two(first: FirstPerson | None, asked: FirstPerson) -> Consent:
    """Whether ``asked`` is the second request of two persons for the same act, of which ``first`` was the first."""
    if (
        first is None
        or asked.at >= first.expires_at
        or (first.act, first.fingerprint) != (asked.act, asked.fingerprint)
    ):
        return Consent.FIRST
    return Consent.AGAIN if first.subject == asked.subject else Consent.GRANTED


def require_person(principal: Principal) -> None:
    """Raises NotPermitted for a caller that is not a verified person."""
    if not principal.person:
        raise NotPermitted(
            "This plan requires two people, and this call does not prove who makes it. Send the request as a signed-in "
            "user, through the REST API."
        )


def second_person_needed(what: str, first: FirstPerson) -> SecondPersonNeeded:
    """The error for an act that waits for its second person. ``what`` says in a sentence what has not been done."""
    details: dict[str, Any] = {"act": first.act, "askedBy": first.name, "askedAt": first.at}
    return SecondPersonNeeded(
        f"{what} This plan requires two people: {first.name} has asked for it, and someone else must send the same "
        f"request until {first.expires_at:%Y-%m-%d %H:%M} UTC.",
        **details,
        expiresAt=first.expires_at,
    )


def is_same_caller(subject: str, name: str, principal: Principal) -> bool:
    """Whether a recorded caller is this one: by the subject, or by the name if neither is a verified person."""
    if subject or principal.person:
        return subject == principal.person
    return name == principal.name
