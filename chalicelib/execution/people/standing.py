"""Whether a signed-in person may still do what starts or ends a RECOVERY, according to the user pool now.

A token says who its person was when it was issued, up to a quarter of an hour ago. Cognito does not say when a person
was signed out, so this looks at what it does say: whether the user exists, is enabled and confirmed, and its groups.
"""

import msgspec

from ...aws.reads.access.pool_users import find_pool_user
from ...domain.access.context import CallContext
from ...domain.access.permissions import Permission, judge
from ...domain.errors import DomainError, NotPermitted, Unavailable
from ...logs import logger
from ...settings import settings

_CONFIRMED = {"CONFIRMED", "EXTERNAL_PROVIDER"}


def ask_about_person(call: CallContext, permission: Permission) -> str:
    """Raises NotPermitted for a person whom the pool no longer lets in, or without the permission's role by now.

    When the pool cannot be asked, the act goes on, and the returned sentence says so: a recovery must not wait for
    Cognito. The sentence is empty otherwise, and for a caller that is not a person.
    """
    try:
        require_person_in_pool(call, permission)
    except Unavailable as error:
        logger.warning("person not looked up", extra={"subject": call.principal.person, "reason": error.message})
        return f" The user pool could not be asked whether {call.principal.name} is still allowed to: {error.message}"
    return ""


def require_person_in_pool(call: CallContext, permission: Permission) -> None:
    """As ``ask_about_person``, but raises Unavailable when the pool cannot be asked."""
    person, pool = call.principal.person, settings().user_pool
    if not person or pool is None:
        return
    try:
        user = find_pool_user(pool, person)
    except DomainError as error:
        raise Unavailable(f"Cognito did not answer. {error.message}", **error.details) from error
    if user is None or not user.enabled or user.status not in _CONFIRMED:
        state = "is not there any more" if user is None else user.status if user.enabled else "is disabled"
        raise NotPermitted(
            f"The user pool no longer lets {call.principal.name} in: the user {state}. Nothing was done. An "
            "administrator of the user pool can enable the user again."
        )
    now = msgspec.structs.replace(call.principal, groups=user.groups)
    verdict = judge(now, call.mode, permission)
    if not verdict.allowed:
        raise NotPermitted(f"The roles of {call.principal.name} have changed since the sign-in. {verdict.reason}")
