"""Asks the user pool about a person, for what must not be done by somebody whom it no longer lets in."""

from contextlib import suppress
from typing import Any

import msgspec

from ....domain.access.tokens import UserPool
from ...asking import Expected, translated
from ...short_timeouts import prompt_client


class PoolUser(msgspec.Struct, frozen=True):
    """A user as the pool knows it now. ``status`` is Cognito's word; CONFIRMED is the only ordinary one."""

    enabled: bool
    status: str
    groups: tuple[str, ...]


def find_pool_user(pool: UserPool, subject: str) -> PoolUser | None:
    """The user with this subject, with its first 60 groups; None if there is none any more.

    A user who signs in with an e-mail address has the subject as user name (Cognito developer guide, "Configuring a
    user pool", sign-in options). Answers or fails within six seconds. Raises Unavailable and CloudError.
    """
    user: dict[str, Any] = {"UserPoolId": pool.pool_id, "Username": subject}
    client = prompt_client("cognito-idp", pool.region)
    with suppress(Expected), translated(expected=("UserNotFoundException",)):
        found = client.admin_get_user(**user)
        listed = client.admin_list_groups_for_user(**user, Limit=60)["Groups"]
        names = tuple(str(group["GroupName"]) for group in listed)
        return PoolUser(bool(found["Enabled"]), str(found["UserStatus"]), names)
    return None
