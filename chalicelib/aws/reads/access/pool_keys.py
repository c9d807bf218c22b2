"""Fetches the public keys of the user pool and keeps them; tokens are verified with them.

They are fetched again when they are a day old or when a token names a key that is not among them, at most once a
minute. While they cannot be fetched, the keys that are kept go on being used.
"""

import math
import threading
from datetime import datetime, timedelta
from typing import Any

import msgspec
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from ....domain.access.tokens import PoolKey, UserPool, read_keys
from ....domain.errors import DomainError, Unavailable, known_wait
from ....domain.text import count_of
from ....logs import logger
from ...asking import translated
from ...short_timeouts import CONNECT_SECONDS, READ_SECONDS, prompt_client

MAX_AGE = timedelta(days=1)
PAUSE = timedelta(minutes=1)
"""The time between two attempts to replace keys that are kept."""


_SOON = " Try again in a few seconds."


class _Kept(msgspec.Struct, frozen=True):
    """``problem`` is why the last attempt to fetch the keys failed; empty if it did not."""

    keys: dict[str, PoolKey]
    fetched_at: datetime
    tried_at: datetime
    problem: str = ""


_kept: dict[str, _Kept] = {}
_lock = threading.Lock()


def find_pool_key(pool: UserPool, key_id: str, now: datetime) -> PoolKey | None:
    """The pool's key with this id; None if it has none. Raises Unavailable when that cannot be found out."""
    with _lock:
        kept = _kept.get(pool.pool_id)
        is_old = kept is not None and now - kept.fetched_at > MAX_AGE
        if kept is None:
            kept = _kept[pool.pool_id] = _Kept(_fetch(pool), now, now)
        elif (is_old or key_id not in kept.keys) and now - kept.tried_at >= PAUSE:
            kept = _kept[pool.pool_id] = _replaced(kept, pool, now)
    if key_id not in kept.keys and kept.problem:
        wait = math.ceil((kept.tried_at + PAUSE - now).total_seconds())
        raise Unavailable(
            f"The sign-in token has a key that is not known yet. {kept.problem} Try again in "
            f"{count_of(wait, 'second')}, when the keys are fetched again.",
            **known_wait(wait),
        )
    return kept.keys.get(key_id)


def _replaced(kept: _Kept, pool: UserPool, now: datetime) -> _Kept:
    try:
        return _Kept(_fetch(pool), now, now)
    except DomainError as error:
        logger.warning("keys of the user pool not fetched", extra={"reason": error.message})
        return msgspec.structs.replace(kept, tried_at=now, problem=error.message.removesuffix(_SOON))


def _fetch(pool: UserPool) -> dict[str, PoolKey]:
    # The SDK knows the address in each partition, and trusts the certificates that all of its calls trust.
    address = prompt_client("cognito-idp", pool.region).meta.endpoint_url
    url = f"{address}/{pool.pool_id}/.well-known/jwks.json"
    timeouts: Any = (CONNECT_SECONDS, READ_SECONDS)  # botocore's stubs know whole seconds only
    session = URLLib3Session(timeout=timeouts)
    try:
        with translated():
            answer = session.send(AWSRequest("GET", url).prepare())
            document = answer.content
    except DomainError as error:
        raise _unavailable(error.message.removesuffix(_SOON)) from error
    finally:
        session.close()
    if answer.status_code != 200:
        raise _unavailable(f"Cognito answered {answer.status_code}.")
    try:
        return read_keys(document)
    except ValueError:
        raise _unavailable("Cognito answered with something that is not a set of keys.") from None


def _unavailable(reason: str) -> Unavailable:
    return Unavailable(
        f"Sign-in tokens cannot be verified, because the keys of the user pool cannot be fetched. {reason} "
        f"Nothing was done.{_SOON}"
    )
