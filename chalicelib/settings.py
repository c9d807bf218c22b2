"""Settings from the environment: the stage, and numbers that differ between AWS and an emulator."""

import functools
import os
from collections.abc import Mapping
from datetime import timedelta

import msgspec

from .domain.access.tokens import UserPool

APP_NAME = "aws-drs-orchestration"
VERSION = "0.1.0"
STATE_MACHINE = "dr-orchestration"
INVENTORY_MACHINE = "dr-inventory-sync"
INVENTORY_SYNCS = ("FUNCTION", "MAP")


class Settings(msgspec.Struct, frozen=True):
    """Settings, read once from environment variables with these names in capitals.

    ``drs_pace``: how many times faster than AWS the DRS of this stage works (1 in AWS).
    ``launch_timeout_seconds``: how long to wait for DRS to answer a launch request.
    ``claim_settle_seconds``: how long a launch request may still arrive at DRS after its sender has died.
    ``job_grace_seconds``: how long after a job's end its unfinished servers may still be reported.
    ``audit_days``: how long audit entries are kept.
    ``drill_target_days``: how often a plan without a target of its own should be drilled with success.
    ``recovery_retention_days``: how long the records of a RECOVERY are kept at least.
    ``inventory_sync``: the inventory is synced by one FUNCTION, or by a state machine with a MAP over the places.
    ``cursor_keys``: what the cursors of lists are signed with, newest first; only the local stage does without.
    ``dashboard_url``: the dashboard's address without a slash at its end; empty when there is no dashboard.
    ``user_pool_arn``, ``user_pool_client_id``: the pool whose people may call, and the client that they sign in with.
    ``commit``: the commit of the deployed source; empty where nothing was deployed.
    """

    stage: str = "local"
    drs_pace: float = 1.0
    launch_timeout_seconds: float = 60.0
    claim_settle_seconds: float = 30.0
    job_grace_seconds: float = 60.0
    audit_days: int = 400
    drill_target_days: int = 90
    recovery_retention_days: int = 400
    inventory_sync: str = "FUNCTION"
    cursor_keys: tuple[str, ...] = ()
    dashboard_url: str = ""
    user_pool_arn: str = ""
    user_pool_client_id: str = ""
    commit: str = ""

    @property
    def user_pool(self) -> UserPool | None:
        """The pool that tokens must come from; None if the environment does not name it."""
        parts = self.user_pool_arn.split(":")
        if len(parts) != 6 or not self.user_pool_client_id:
            return None
        return UserPool(parts[3], parts[5].removeprefix("userpool/"), self.user_pool_client_id)

    @property
    def claim_window(self) -> timedelta:
        """How long after its claim a launch request may be sent; later it must not be sent."""
        return timedelta(seconds=self.launch_timeout_seconds / 6)

    @property
    def claim_life(self) -> timedelta:
        """How long after its claim a call may still wait for the answer to its request: window, connect, read."""
        return timedelta(seconds=self.launch_timeout_seconds * 1.25)

    @property
    def claim_settle(self) -> timedelta:
        return timedelta(seconds=self.claim_settle_seconds)

    @property
    def job_grace(self) -> timedelta:
        return timedelta(seconds=self.job_grace_seconds)

    def table_name(self, name: str) -> str:
        return f"{APP_NAME}-{name}-{self.stage}"

    def function_name(self, handler: str) -> str:
        """The name of a Lambda function."""
        return f"{APP_NAME}-{handler}-{self.stage}"

    @property
    def notifications_topic(self) -> str:
        """The SNS topic's name."""
        return f"{APP_NAME}-notifications-{self.stage}"

    def evidence_bucket(self, account_id: str) -> str:
        """The S3 bucket that keeps the evidence. Names of buckets are global, so it holds the hub's account."""
        return f"{APP_NAME}-evidence-{self.stage}-{account_id}"

    @property
    def inventory_machine_name(self) -> str:
        return f"{INVENTORY_MACHINE}-{self.stage}"

    @property
    def state_machine_name(self) -> str:
        return f"{STATE_MACHINE}-{self.stage}"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Reads settings from environment variables. Raises ValueError, with its name, for one that cannot be read."""
    return Settings(
        stage=environment.get("STAGE", "local"),
        drs_pace=_number(environment, "DRS_PACE", 1.0),
        launch_timeout_seconds=_number(environment, "LAUNCH_TIMEOUT_SECONDS", 60.0),
        claim_settle_seconds=_number(environment, "CLAIM_SETTLE_SECONDS", 30.0),
        job_grace_seconds=_number(environment, "JOB_GRACE_SECONDS", 60.0),
        audit_days=int(_number(environment, "AUDIT_DAYS", 400)),
        drill_target_days=int(_number(environment, "DRILL_TARGET_DAYS", 90)),
        recovery_retention_days=int(_number(environment, "RECOVERY_RETENTION_DAYS", 400)),
        inventory_sync=_one_of(environment, "INVENTORY_SYNC", INVENTORY_SYNCS),
        cursor_keys=tuple(key for key in environment.get("CURSOR_KEYS", "").split(",") if key),
        dashboard_url=environment.get("DASHBOARD_URL", "").rstrip("/"),
        user_pool_arn=environment.get("USER_POOL_ARN", ""),
        user_pool_client_id=environment.get("USER_POOL_CLIENT_ID", ""),
        commit=environment.get("COMMIT", ""),
    )


@functools.cache
def settings() -> Settings:
    """The settings of this process."""
    return read_settings(os.environ)


def _one_of(environment: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """The choice of a variable; the first one when it is not set."""
    text = environment.get(name, "") or choices[0]
    if text not in choices:
        raise ValueError(f"Environment variable {name} must be one of: {', '.join(choices)}; it is {text!r}.")
    return text


def _number(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name, "")
    try:
        number = float(text) if text else default
    except ValueError:
        raise ValueError(f"Environment variable {name} must be a number; it is {text!r}.") from None
    if number <= 0:
        raise ValueError(f"Environment variable {name} must be above 0; it is {text!r}.")
    return number
