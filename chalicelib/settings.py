"""What the environment decides: the stage and the few numbers that differ between AWS and an emulator."""

import functools
import os
from collections.abc import Mapping
from datetime import timedelta

import msgspec

APP_NAME = "aws-drs-orchestration"
VERSION = "0.1.0"
STATE_MACHINE = "dr-orchestration"


class Settings(msgspec.Struct, frozen=True):
    """Read once from environment variables of the same names in capitals.

    ``drs_pace``: how many times faster than AWS the DRS behind this stage works (1 in AWS).
    ``launch_timeout_seconds``: how long to wait for DRS to answer a launch request.
    ``claim_settle_seconds``: how long a launch request may still travel after its sender is gone.
    ``job_grace_seconds``: how long after a job's end its unfinished servers are DRS being late.
    ``audit_days``: how long audit entries are kept.
    ``dashboard_url``: where the dashboard is, without a slash at its end; empty when there is none to link to.
    """

    stage: str = "local"
    drs_pace: float = 1.0
    launch_timeout_seconds: float = 60.0
    claim_settle_seconds: float = 30.0
    job_grace_seconds: float = 60.0
    audit_days: int = 400
    dashboard_url: str = ""

    @property
    def claim_window(self) -> timedelta:
        """How long after its claim a launch request may be sent; a claimer that comes later must not send it."""
        return timedelta(seconds=self.launch_timeout_seconds / 6)

    @property
    def claim_life(self) -> timedelta:
        """How long after its claim the claimer may still be waiting for an answer: window, connect, read."""
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
        """The Lambda function's name as Chalice makes it."""
        return f"{APP_NAME}-{self.stage}-{handler}"

    @property
    def notifications_topic(self) -> str:
        """The SNS topic's name."""
        return f"{APP_NAME}-notifications-{self.stage}"

    @property
    def state_machine_name(self) -> str:
        return f"{STATE_MACHINE}-{self.stage}"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings out of environment variables. Raises ValueError that names the variable when one is no number."""
    return Settings(
        stage=environment.get("STAGE", "local"),
        drs_pace=_number(environment, "DRS_PACE", 1.0),
        launch_timeout_seconds=_number(environment, "LAUNCH_TIMEOUT_SECONDS", 60.0),
        claim_settle_seconds=_number(environment, "CLAIM_SETTLE_SECONDS", 30.0),
        job_grace_seconds=_number(environment, "JOB_GRACE_SECONDS", 60.0),
        audit_days=int(_number(environment, "AUDIT_DAYS", 400)),
        dashboard_url=environment.get("DASHBOARD_URL", "").rstrip("/"),
    )


@functools.cache
def settings() -> Settings:
    """The settings of this process."""
    return read_settings(os.environ)


def _number(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name, "")
    try:
        number = float(text) if text else default
    except ValueError:
        raise ValueError(f"Environment variable {name} must be a number; it is {text!r}.") from None
    if number <= 0:
        raise ValueError(f"Environment variable {name} must be above 0; it is {text!r}.")
    return number
