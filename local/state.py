"""The state file of a running local cloud: where it is and how to sign in; readable only by its owner."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from local.project import REPOSITORY

if TYPE_CHECKING:
    from local.cloud import LocalCloud
    from local.users import User

STATE_DIRECTORY = REPOSITORY / "build" / "local"
_FIRST = "state.json"


@dataclass(frozen=True, kw_only=True)
class LocalState:
    """What another process needs. `users` maps a role to its e-mail address and password.

    `other_users` has those who sign in in another way, by that way; `totp_secret` is that of the authenticator.
    """

    endpoint: str
    api_url: str
    dashboard_url: str
    pid: int
    region: str
    hub_account: str
    user_pool_id: str
    client_id: str
    state_machine_arn: str | None
    users: dict[str, dict[str, str]]
    other_users: dict[str, dict[str, str]]
    totp_secret: str

    @classmethod
    def of(cls, cloud: "LocalCloud") -> "LocalState":
        return cls(
            endpoint=cloud.endpoint,
            api_url=cloud.api_url,
            dashboard_url=cloud.dashboard_url,
            pid=os.getpid(),
            region=cloud.hub_region,
            hub_account=cloud.hub_account,
            user_pool_id=cloud.users.pool_id,
            client_id=cloud.users.client_id,
            state_machine_arn=cloud.state_machine_arn,
            users=_described(cloud.users.by_role),
            other_users=_described(cloud.users.by_way),
            totp_secret=cloud.users.totp_secret,
        )

    @classmethod
    def read(cls, file: Path) -> "LocalState":
        """Raises OSError when the file does not exist."""
        return cls(**json.loads(file.read_text()))


def _described(users: "dict[str, User]") -> dict[str, dict[str, str]]:
    return {name: {"email": user.email, "password": user.password} for name, user in users.items()}


def write(directory: Path, state: LocalState) -> Path:
    """Write the file with mode 0600. Beside another running cloud it gets a name with this one's process id."""
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / (f"state-{state.pid}.json" if read_running(directory) else _FIRST)
    file.unlink(missing_ok=True)
    # Created with its mode, so that no other user can read it in between.
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as stream:
        json.dump(asdict(state), stream, indent=2)
    return file


def read_running(directory: Path) -> LocalState | None:
    """The state of the cloud that is already running, if any; files of ended processes do not count."""
    try:
        state = LocalState.read(directory / _FIRST)
    except (OSError, ValueError, TypeError):
        return None
    return state if _is_alive(state.pid) else None


def remove(file: Path) -> None:
    file.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
