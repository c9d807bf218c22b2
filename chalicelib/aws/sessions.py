"""Makes and caches sessions and clients: the hub's own, and READ or OPERATE roles in target accounts.

Every client has explicit timeouts and bounded retries, because the defaults would send a slow call a second time.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
from boto3.session import Session
from botocore.config import Config

from ..domain.errors import CloudError, DomainError
from ..domain.estate.accounts import Place, TargetAccount
from ..sdk_models import core_session
from ..settings import settings
from .asking import translated

READ_CONFIG = Config(
    connect_timeout=3, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4}, max_pool_connections=16
)
_PROBE_CONFIG = Config(connect_timeout=2, read_timeout=4, retries={"total_max_attempts": 1})
"""For calls for which a person waits: the answer must be there within the limit of API Gateway."""
SESSION_SECONDS = 3_600
MOST_CLIENTS = 512
"""Kept for later calls. A client takes about 0.3 MB, and a sync of a large estate needs two in each place."""
REFRESH_BEFORE = timedelta(minutes=5)
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
"""What STS takes as the name of a session (STS API, AssumeRole)."""


class Access(StrEnum):
    """READ roles can only describe; OPERATE roles can launch and terminate."""

    READ = "READ"
    OPERATE = "OPERATE"


class _Assumed(msgspec.Struct, frozen=True):
    session: Any
    expires_at: datetime


_sessions: dict[tuple[str, str, str], _Assumed] = {}
_clients: dict[tuple[str, str, str, Access, int], tuple[Any, Any]] = {}
_session_name: ContextVar[str] = ContextVar("session_name", default="dr-orchestration")
_lock = threading.Lock()
_assuming = tuple(threading.Lock() for _ in range(16))
"""Sessions share these locks by their keys, so that two threads assume a role once."""


@contextmanager
def named_after(execution_id: str) -> Iterator[None]:
    """Within: sessions in target accounts carry the execution's id, so that CloudTrail there shows which run acted.

    Other calls have ``dr-orchestration`` as the name of their sessions.
    """
    if not _SESSION_NAME.fullmatch(execution_id):
        yield
        return
    before = _session_name.set(execution_id)
    try:
        yield
    finally:
        _session_name.reset(before)


def client(service: str, place: Place, account: TargetAccount | None, access: Access) -> Any:
    """A client of ``service`` in ``place``; ``account`` None means the hub itself.

    READ clients retry; OPERATE clients never do, because a repeated action is a second action. Raises CloudError when
    the role cannot be assumed.
    """
    session = _session(account, access)
    key = (service, place.account_id, place.region, access, id(session))
    with _lock:
        cached = _clients.get(key)
        if cached:
            return cached[0]
        config = READ_CONFIG if access is Access.READ else _act_config()
        made = session.client(service, region_name=place.region, config=config)
        _clients[key] = (made, session)
        if len(_clients) > MOST_CLIENTS:
            del _clients[next(iter(_clients))]
        return made


def hub_client(service: str, region: str, *, retries: bool = True) -> Any:
    """A client in the platform's own account. Without ``retries`` each call is sent exactly once."""
    return client(service, Place("hub", region), None, Access.READ if retries else Access.OPERATE)


def new_session(**credentials: str) -> Any:
    """A boto3 session with these credentials, or the function's own."""
    # Typed Any, because boto3's stubs accept only a literal service name and ours is an argument.
    return Session(botocore_session=core_session(), **credentials)


def _act_config() -> Config:
    """The configuration of OPERATE clients. Its timeouts stay within the life of a claim (``Settings.claim_life``)."""
    patience = settings().launch_timeout_seconds
    return Config(
        connect_timeout=patience / 20,
        read_timeout=patience,
        retries={"total_max_attempts": 1},
        max_pool_connections=16,
    )


def _session(account: TargetAccount | None, access: Access) -> Any:
    """The session of a role, or the platform's own. A role is assumed once, whichever threads need it."""
    role = _role_of(account, access)
    key = _key_of(role, account)
    with _assuming[hash(key) % len(_assuming)]:
        with _lock:
            found = _sessions.get(key)
        if found and _is_fresh(found):
            return found.session
        never = datetime.max.replace(tzinfo=UTC)
        made = _assume(role, account, READ_CONFIG) if role and account else _Assumed(new_session(), never)
        _keep(key, made)
        return made.session


def _role_of(account: TargetAccount | None, access: Access) -> str:
    if account is None:
        return ""
    return account.read_role_arn if access is Access.READ else account.operate_role_arn


def _key_of(role: str, account: TargetAccount | None) -> tuple[str, str, str]:
    """Sessions of a role are apart by their names; the platform's own session has none."""
    return (role, account.external_id if account else "", _session_name.get() if role else "")


def _is_fresh(session: _Assumed) -> bool:
    return session.expires_at - datetime.now(UTC) > REFRESH_BEFORE


def _keep(key: tuple[str, str, str], made: _Assumed) -> None:
    """Caches a session, and drops those that are about to expire together with their clients."""
    with _lock:
        for old in [each for each, session in _sessions.items() if not _is_fresh(session)]:
            del _sessions[old]
        _sessions[key] = made
        kept = {id(session.session) for session in _sessions.values()}
        for stale in [each for each, (_, session) in _clients.items() if id(session) not in kept]:
            del _clients[stale]


def assume_anew(account: TargetAccount, access: Access) -> None:
    """Assumes a role of the account although a session of it may be cached, and keeps the new one.

    Raises CloudError or Unavailable. Does nothing for an account without roles.
    """
    role = _role_of(account, access)
    if role:
        _keep(_key_of(role, account), _assume(role, account, _PROBE_CONFIG))


def probe_client(service: str, place: Place, account: TargetAccount, access: Access) -> Any:
    """A client that answers or fails within six seconds. It is not cached. Raises CloudError like ``client``."""
    session = _session(account, access)
    with _lock:
        return session.client(service, region_name=place.region, config=_PROBE_CONFIG)


def _assume(role: str, account: TargetAccount, config: Config) -> _Assumed:
    sts = new_session().client("sts", config=config)
    request: dict[str, Any] = {
        "RoleArn": role,
        "RoleSessionName": _session_name.get(),
        "DurationSeconds": SESSION_SECONDS,
    }
    if account.external_id:
        request["ExternalId"] = account.external_id
    try:
        with translated():
            given = sts.assume_role(**request)["Credentials"]
    except DomainError as error:
        reason = error.message.removesuffix(".")
        message = f"The role {role} cannot be assumed: {reason}. Check its trust policy and the external id."
        raise CloudError(message, accountId=account.account_id, operation="AssumeRole", role=role) from error
    session = new_session(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    return _Assumed(session, given["Expiration"])
