"""Sessions and clients: the hub's own, and assumed roles in target accounts, READ or OPERATE, cached until they age.

Every client has explicit timeouts and bounded retries: the defaults would send a slow call a second time.
"""

import functools
import threading
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader, create_loader
from botocore.session import Session

from ..domain.accounts import Place, TargetAccount
from ..domain.errors import CloudError
from ..settings import settings

READ_CONFIG = Config(
    connect_timeout=3, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4}, max_pool_connections=16
)
SESSION_SECONDS = 3_600
REFRESH_BEFORE = timedelta(minutes=5)


class Access(StrEnum):
    """READ roles can only describe; OPERATE roles can launch and terminate."""

    READ = "READ"
    OPERATE = "OPERATE"


class _Assumed(msgspec.Struct, frozen=True):
    session: Session
    expires_at: datetime


_sessions: dict[tuple[str, str], _Assumed] = {}
_clients: dict[tuple[str, str, str, Access], tuple[Any, Session]] = {}
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
        made = session.create_client(service, region_name=place.region, config=config)
        _clients[key] = (made, session)
        return made


def hub_client(service: str, region: str, *, retries: bool = True) -> Any:
    """A client in the platform's own account; without ``retries`` a call is sent once and once only."""
    return client(service, Place("hub", region), None, Access.READ if retries else Access.OPERATE)


def new_session() -> Session:
    """A session with the function's own identity. All share one loader: each would read the SDK's models again."""
    session = Session()
    session.register_component("data_loader", _loader())
    return session


@functools.cache
def _loader() -> Loader:
    return create_loader()


def _act_config() -> Config:
    """Connecting and reading together stay within the life of a claim (``Settings.claim_life``)."""
    patience = settings().launch_timeout_seconds
    return Config(
        connect_timeout=patience / 20,
        read_timeout=patience,
        retries={"total_max_attempts": 1},
        max_pool_connections=16,
    )


def _session(account: TargetAccount | None, access: Access) -> Session:
    """The session of a role; two threads may both assume it, and the later one's session stays."""
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
    sts: Any = new_session().create_client("sts", config=READ_CONFIG)
    request: dict[str, Any] = {
        "RoleArn": role,
        "RoleSessionName": "dr-orchestration",
        "DurationSeconds": SESSION_SECONDS,
    }
    if account.external_id:
        request["ExternalId"] = account.external_id
    try:
        given = sts.assume_role(**request)["Credentials"]
    except (ClientError, BotoCoreError) as error:
        message = f"The role {role} cannot be assumed: {error}. Check its trust policy and the external id."
        raise CloudError(message, accountId=account.account_id, operation="AssumeRole", role=role) from error
    session = new_session()
    session.set_credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    return _Assumed(session, given["Expiration"])
