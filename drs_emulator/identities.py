"""Whose account an access key belongs to: a map, the key itself, STS of an emulated AWS, or a default.

A key that none of them knows is refused; signatures are not verified.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from drs_emulator.emulated_aws import Keys, new_client
from drs_emulator.errors import internal_error

Identify = Callable[[str], str]

_ACCOUNT = re.compile(r"[0-9]{12}")
_STS_TIMEOUT_SECONDS = 5


def is_account(text: str) -> bool:
    """Whether the text is an account's number."""
    return _ACCOUNT.fullmatch(text) is not None


def identify_by_map(
    accounts: Mapping[str, str], default_account: str | None = None, *, ask: Identify | None = None
) -> Identify:
    """The account of a key: from the map, else a key of 12 digits itself, else as `ask` says, else the default.

    The result raises `LookupError` for a key that none of them knows. `ask` raises it too.
    """

    def identify(access_key_id: str) -> str:
        if access_key_id in accounts:
            return accounts[access_key_id]
        if is_account(access_key_id):
            return access_key_id
        try:
            if ask is not None:
                return ask(access_key_id)
        except LookupError:
            if default_account is None:
                raise
        if default_account is None:
            raise LookupError(f"The access key {access_key_id} belongs to no account here.")
        return default_account

    return identify


def ask_sts(endpoint: str | None, *, region: str = "us-east-1") -> Identify:
    """Asks the STS behind an endpoint, or moto's in this process (None), and keeps each answer.

    The result raises `LookupError` for a key that STS refuses, and `ApiError` (InternalServerException) when STS does
    not answer.
    """
    known: dict[str, str] = {}
    lock = threading.Lock()

    def ask(access_key_id: str) -> str:
        with lock:
            if access_key_id in known:
                return known[access_key_id]
        account = _account_by_sts(endpoint, region, access_key_id)
        with lock:
            known[access_key_id] = account
        return account

    return ask


def _account_by_sts(endpoint: str | None, region: str, access_key_id: str) -> str:
    patience = Config(
        connect_timeout=_STS_TIMEOUT_SECONDS, read_timeout=_STS_TIMEOUT_SECONDS, retries={"total_max_attempts": 2}
    )
    keys = Keys(access_key=access_key_id)
    client = new_client("sts", keys, region=region, endpoint=endpoint, config=patience)
    try:
        return str(client.get_caller_identity()["Account"])
    except ClientError as error:
        raise LookupError(f"STS does not know the access key {access_key_id}: {error}") from None
    except BotoCoreError as error:
        raise internal_error(f"The account of the access key {access_key_id} is not known yet: {error}") from None
