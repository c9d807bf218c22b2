"""Keeps the process away from real AWS: its credentials are its own and its endpoint is loopback."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

HUB_ACCESS_KEY = "AKIALOCALHUB00000000"
LOCAL_SECRET = "local-cloud-secret"  # noqa: S105 — opens nothing: signatures are not checked on loopback

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# Everything that could lead botocore to other credentials, another endpoint or another account.
_REMOVED = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "MOTO_ACCOUNT_ID",
)


class UnsafeEnvironment(RuntimeError):
    """The environment points at something that is not on this machine; nothing was started."""


def check(variables: Mapping[str, str] | None = None) -> list[str]:
    """Which parts of the user's AWS configuration will not be used, in sentences.

    Raises UnsafeEnvironment when an endpoint outside loopback is configured, which may be another cloud.
    """
    variables = os.environ if variables is None else variables
    for name, value in variables.items():
        is_endpoint = name == "AWS_ENDPOINT_URL" or name.startswith("AWS_ENDPOINT_URL_")
        if is_endpoint:
            require_loopback(name, value)
    notes = []
    if variables.get("AWS_ACCESS_KEY_ID", HUB_ACCESS_KEY) != HUB_ACCESS_KEY:
        notes.append("AWS_ACCESS_KEY_ID is set, but not used: the local cloud has its own credentials.")
    notes += [f"{name} is set, but not used." for name in _REMOVED if name in variables]
    for file in ("~/.aws/credentials", "~/.aws/config"):
        if os.path.exists(os.path.expanduser(file)):  # noqa: PTH110, PTH111 — the same rules as botocore's
            notes.append(f"{file} exists, but is not read.")
    return notes


def require_loopback(name: str, endpoint: str) -> None:
    """Raises UnsafeEnvironment when the endpoint with this name is not on this machine."""
    if urlsplit(endpoint).hostname not in _LOOPBACK:
        raise UnsafeEnvironment(
            f"{name} is {endpoint!r}, which is not on this machine. Unset it, then start the local cloud."
        )


def set_aside() -> None:
    """Remove the user's AWS configuration from this process permanently.

    Call it before moto is imported: moto makes a session then, and a session reads the user's profile.
    """
    _set(_sealing_variables())


def child_environment(endpoint: str, *, region: str) -> dict[str, str]:
    """Variables with which another process (the AWS CLI, a script) is the hub's administrator."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": HUB_ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": LOCAL_SECRET,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
    }


@contextmanager
def sealed(endpoint: str, *, region: str, variables: dict[str, str]) -> Iterator[None]:
    """Within: this process has local credentials, the local endpoint and `variables`; restored afterwards.

    Raises UnsafeEnvironment as `check` does.
    """
    check()
    wanted = {**_sealing_variables(), **child_environment(endpoint, region=region), **variables}
    with environment(wanted):
        yield


@contextmanager
def environment(wanted: Mapping[str, str | None]) -> Iterator[None]:
    """Within: these variables have these values (None: are not set); afterwards they are as before."""
    before = {name: os.environ.get(name) for name in wanted}
    _set(wanted)
    try:
        yield
    finally:
        _set(before)


def _sealing_variables() -> dict[str, str | None]:
    unwanted = [name for name in os.environ if name in _REMOVED or name.startswith("AWS_ENDPOINT_URL")]
    return {
        **dict.fromkeys(unwanted),
        # Paths that do not exist keep the user's files from being read by mistake.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
