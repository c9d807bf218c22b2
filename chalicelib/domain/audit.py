"""Audit entries: who asked for what, what was decided, and how it ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from .access import InvocationMode, Principal, Verdict
from .emails import mask_address

MASK = "***"
_SECRET_WORDS = ("secret", "password", "token", "externalid", "external_id", "credential", "authorization", "accesskey")
MAX_PARAMETER_CHARACTERS = 4_000


class AuditEntry(msgspec.Struct, frozen=True, rename="camel"):
    """One operation call. ``status_code`` 0 means: begun, and its end was never recorded."""

    entry_id: str
    at: datetime
    invocation_mode: InvocationMode
    principal: Principal
    operation: str
    side: str
    permission: str
    verdict: Verdict
    request_id: str
    source_ip: str
    parameters: str
    resource_ids: tuple[str, ...] = ()
    status_code: int = 0
    error_code: str = ""
    duration_ms: int = 0


def mask_secrets(value: Any) -> Any:
    """The same value with everything whose key sounds secret replaced, and e-mail addresses shortened, at any depth."""
    if isinstance(value, Mapping):
        return {key: _masked(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask_secrets(item) for item in value]
    return value


def describe_parameters(body: Mapping[str, Any]) -> str:
    """The call's parameters as JSON text for the entry: masked, and cut where they are long."""
    text = msgspec.json.encode(mask_secrets(body)).decode()
    return text if len(text) <= MAX_PARAMETER_CHARACTERS else text[:MAX_PARAMETER_CHARACTERS] + "…"


def resource_ids(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids that a call names, as ``planId=…``."""
    named = {
        key: value for key, value in body.items() if key.lower().endswith("id") and isinstance(value, str) and value
    }
    return tuple(f"{key}={value}" for key, value in sorted(named.items()) if not _is_secret(key))


def _masked(key: str, value: Any) -> Any:
    if _is_secret(key):
        return MASK
    if key == "notificationEmails" and isinstance(value, list | tuple):
        return [mask_address(str(address)) for address in value]
    return mask_secrets(value)


def _is_secret(key: str) -> bool:
    plain = key.lower().replace("-", "").replace("_", "")
    return any(word.replace("_", "") in plain for word in _SECRET_WORDS)
