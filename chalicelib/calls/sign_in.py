"""Establishes which person a call speaks for. Only a token that the user pool has signed can say that.

The token stays here: it is never part of a request's parameters, a log, an audit entry, an error or a record.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..aws.reads.access.pool_keys import find_pool_key
from ..domain.access.permissions import Principal
from ..domain.access.tokens import is_same_token, principal_of, read_token, verify_token
from ..domain.errors import NotSignedIn, Unavailable
from ..settings import settings


def person_of_token(token: object, now: datetime) -> Principal:
    """The person whom the user pool has issued the token to. Raises NotSignedIn, or Unavailable without its keys."""
    pool = settings().user_pool
    if pool is None:
        raise Unavailable(
            "This function does not know its user pool, so it cannot verify sign-in tokens. Deploy the stage with "
            "USER_POOL_ARN and USER_POOL_CLIENT_ID."
        )
    read = read_token(token if isinstance(token, str) else "")
    return principal_of(verify_token(read, find_pool_key(pool, read.key_id, now), pool, now))


def person_at_the_edge(token: str, verified: Mapping[str, Any]) -> Principal:
    """The person of a token that API Gateway has verified. Raises NotSignedIn if ``verified`` are not its claims.

    The command's function verifies the token itself and reads the person from it in the same way, so both agree.
    """
    claims = read_token(token).claims
    if not is_same_token(claims, verified):
        raise NotSignedIn("The sign-in token is not the one that was verified. Sign in and send the request again.")
    return principal_of(claims)
