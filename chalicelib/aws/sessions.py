"""Makes and caches sessions and clients: the hub's own, and READ or OPERATE roles in target accounts.

Every client has explicit timeouts and bounded retries, because the defaults would send a slow call a second time.
"""

import functools
import threading
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import botocore.session
import msgspec
from boto3.session import Session
from botocore.config import Config
from botocore.loaders import Loader

from ..domain.errors import CloudError, DomainError
from ..domain.estate.accounts import Place, TargetAccount
from ..settings import settings
from .asking import translated

READ_CONFIG = Config(
    connect_timeout=3, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4}, max_pool_connections=16
)
SESSION_SECONDS = 3_600
MOST_CLIENTS = 512
"""Kept for later calls. A client takes about 0.3 MB, and a sync of a large estate needs two in each place."""
REFRESH_BEFORE = timedelta(minutes=5)


class Access(StrEnum):
    """READ roles can only describe; OPERATE roles can launch and terminate."""

    READ = "READ"
    OPERATE = "OPERATE"


class _Assumed(msgspec.Struct, frozen=True):
    session: Any
    expires_at: datetime


_sessions: dict[tuple[str, str], _Assumed] = {}
_clients: dict[tuple[str, str, str, Access], tuple[Any, Any]] = {}
_lock = threading.Lock()


def client(service: str, place: Place, account: TargetAccount | None, access: Access) -> Any:
    """A client of ``service`` in ``place``; ``account`` None means the hub itself.

    READ clients retry; OPERATE clients never do, because a repeated action is a second action. Raises CloudError when
    the role cannot be assumed.
    """
    session = _session(account, access)
    key = (service, place.account_id, place.region, access)
    with _lock:
        cached = _clients.get(key)
        if cached and cached[1] is session:
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
    """A boto3 session with these credentials, or the function's own. All share one loader of the SDK's models."""
    # Typed Any, because boto3's stubs accept only a literal service name and ours is an argument.
    core = botocore.session.Session()
    core.register_component("data_loader", _loader())
    return Session(botocore_session=core, **credentials)


@functools.cache
def _loader() -> Loader:
    return _SharedLoader()


class _SharedLoader(Loader):
    """A loader to which boto3 cannot add another path with every new session."""

    @property
    def search_paths(self) -> list[str]:
        return list(super().search_paths)


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
    """The session of a role. Two threads may both assume the role; the later session is kept."""
    role = "" if account is None else (account.read_role_arn if access is Access.READ else account.operate_role_arn)
    key = (role, account.external_id if account else "")
    with _lock:
        found = _sessions.get(key)
    if found and found.expires_at - datetime.now(UTC) > REFRESH_BEFORE:
        return found.session
    made = _assume(role, account) if role and account else _Assumed(new_session(), datetime.max.replace(tzinfo=UTC))
    with _lock:
        _sessions[key] = made
    return made.session


def _assume(role: str, account: TargetAccount) -> _Assumed:
    sts = new_session().client("sts", config=READ_CONFIG)
    request: dict[str, Any] = {
        "RoleArn": role,
        "RoleSessionName": "dr-orchestration",
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
