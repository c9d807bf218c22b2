"""Makes and caches clients: the hub's own, and those with READ or OPERATE roles in target accounts.

Every client has explicit timeouts and bounded retries, because the defaults would send a slow call a second time.
"""

import functools
import re
import threading
from collections.abc import Iterator, Mapping
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
    """A session of a role: its credentials under the names of the SDK's arguments."""

    credentials: Mapping[str, str]
    expires_at: datetime

    @property
    def key(self) -> str:
        return self.credentials["aws_access_key_id"]


_sessions: dict[tuple[str, str, str], _Assumed] = {}
_clients: dict[tuple[str, str, str, Access, str], Any] = {}
"""By service, account, Region, access and access key; the platform's own clients have no access key here."""
_session_name: ContextVar[str] = ContextVar("session_name", default="dr-orchestration")
_lock = threading.Lock()
_opening = threading.Lock()
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
    key = (service, place.account_id, place.region, access, session.key if session else "")
    with _lock:
        cached = _clients.get(key)
        if cached:
            return cached
        config = READ_CONFIG if access is Access.READ else _act_config()
        made = _clients[key] = new_client(service, place.region, config, session)
        if len(_clients) > MOST_CLIENTS:
            del _clients[next(iter(_clients))]
        return made


def hub_client(service: str, region: str, *, retries: bool = True) -> Any:
    """A client in the platform's own account. Without ``retries`` each call is sent exactly once."""
    return client(service, Place("hub", region), None, Access.READ if retries else Access.OPERATE)


def new_client(service: str, region: str | None, config: Config, session: _Assumed | None = None) -> Any:
    """A client that is not cached, with a role's session or the function's own credentials.

    Without a Region it is in the function's own.
    """
    # Typed Any, because boto3's stubs accept only a literal service name and ours is an argument.
    sdk: Any = sdk_session()
    return sdk.client(service, region_name=region, config=config, **(session.credentials if session else {}))


def sdk_session() -> Session:
    """The one session of boto3 in this process: a client that is made in a new one takes four times as long."""
    with _opening:
        return _opened()


@functools.cache
def _opened() -> Session:
    """Made by one thread: boto3 adds its parts to the session of botocore, which refuses them a second time."""
    return Session(botocore_session=core_session())


def _act_config() -> Config:
    """The configuration of OPERATE clients. Its timeouts stay within the life of a claim (``Settings.claim_life``)."""
    patience = settings().launch_timeout_seconds
    return Config(
        connect_timeout=patience / 20,
        read_timeout=patience,
        retries={"total_max_attempts": 1},
        max_pool_connections=16,
    )


def _session(account: TargetAccount | None, access: Access) -> _Assumed | None:
    """The session of a role; None where the platform's own credentials serve.

    A role is assumed once, whichever threads need it.
    """
    role = _role_of(account, access)
    if not role or account is None:
        return None
    key = _key_of(role, account)
    with _assuming[hash(key) % len(_assuming)]:
        with _lock:
            found = _sessions.get(key)
        if found and _is_fresh(found):
            return found
        made = _assume(role, account, READ_CONFIG)
        _keep(key, made)
        return made


def _role_of(account: TargetAccount | None, access: Access) -> str:
    if account is None:
        return ""
    return account.read_role_arn if access is Access.READ else account.operate_role_arn


def _key_of(role: str, account: TargetAccount) -> tuple[str, str, str]:
    """Sessions of a role are apart by their names."""
    return (role, account.external_id, _session_name.get())


def _is_fresh(session: _Assumed) -> bool:
    return session.expires_at - datetime.now(UTC) > REFRESH_BEFORE


def _keep(key: tuple[str, str, str], made: _Assumed) -> None:
    """Caches a session, and drops those that are about to expire together with their clients."""
    with _lock:
        for old in [each for each, session in _sessions.items() if not _is_fresh(session)]:
            del _sessions[old]
        _sessions[key] = made
        kept = {"", *(session.key for session in _sessions.values())}
        for stale in [each for each in _clients if each[-1] not in kept]:
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
    return new_client(service, place.region, _PROBE_CONFIG, _session(account, access))


def _assume(role: str, account: TargetAccount, config: Config) -> _Assumed:
    sts = new_client("sts", None, config)
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
    credentials = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
    return _Assumed(credentials, given["Expiration"])
