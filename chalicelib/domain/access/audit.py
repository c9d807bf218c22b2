"""Audit entries: who made which call, whether it was allowed, and how it ended."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from ..errors import cut
from .context import CallContext
from .masking import is_secret, mask_values
from .permissions import InvocationMode, Principal, Verdict

MAX_PARAMETER_CHARACTERS = 4_000
MAX_NAME_CHARACTERS = 256
"""Names are keys of an index, and DynamoDB limits their size."""

NOT_RECORDED = "(not recorded)"
_MAX_ID_CHARACTERS, _MAX_IDS = 128, 20


class AuditEntry(msgspec.Struct, frozen=True, rename="camel"):
    """One operation call. ``status_code`` 0: the call began, and its end was not recorded."""

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
    request_sha256: str = ""


def begun_entry(
    entry_id: str, name: str, side: str, permission: str, verdict: Verdict, body: Mapping[str, Any], call: CallContext
) -> AuditEntry:
    """The entry of a call that begins: of the operation or task ``name``, with the request ``body``."""
    return AuditEntry(
        entry_id=entry_id,
        at=call.now,
        invocation_mode=call.mode,
        principal=recorded_principal(call.principal),
        operation=name,
        side=str(side),
        permission=str(permission),
        verdict=verdict,
        request_id=call.request_id,
        source_ip=call.source_ip,
        parameters=describe_parameters(body),
        resource_ids=resource_ids(body),
        request_sha256=request_digest(body),
    )


def request_digest(body: Any) -> str:
    """The SHA-256 of a whole request, secrets included, as JSON in UTF-8 with sorted keys and without spaces.

    It proves what was sent where the entry shows it masked and cut. Text that cannot be encoded is escaped first. Of
    bytes it is their own. It is empty for what is nested too deeply to be written as JSON.
    """
    if isinstance(body, bytes):
        return hashlib.sha256(body).hexdigest()
    try:
        text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    except RecursionError:
        return ""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def describe_parameters(body: Mapping[str, Any]) -> str:
    """The call's parameters as JSON text for the entry, with secrets masked and long text cut."""
    return cut(msgspec.json.encode(mask_values(body)).decode(), MAX_PARAMETER_CHARACTERS)


def resource_ids(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids in a call, as ``planId=…``: at most 20, each cut to 128 characters."""
    named = {
        key: value for key, value in body.items() if key.lower().endswith("id") and isinstance(value, str) and value
    }
    listed = (f"{key}={value}" for key, value in sorted(named.items()) if not is_secret(key))
    return tuple(cut(name, _MAX_ID_CHARACTERS) for name in listed)[:_MAX_IDS]


def main_resource(ids: Iterable[str]) -> str:
    """The id that an entry is found by, of those that its call named (``resource_ids``); empty if there is none.

    A call that names several is about the first of them in the order of ``_MAIN``: the settings of a server in a group
    are the group's. Reading the audit log of a thing does not touch it.
    """
    pairs = (each.partition("=")[::2] for each in ids)
    named = {name.lower(): value for name, value in pairs if name.lower() not in _ASKED_FOR}
    return next((named[name] for name in _MAIN if name in named), next(iter(named.values()), ""))


_ASKED_FOR = {"resourceid", "requestid"}
_MAIN = ("executionid", "planid", "groupid", "serverid", "jobid", "accountid")


def recorded_principal(principal: Principal) -> Principal:
    """The principal as an entry can store it, with long names cut."""
    name, email = cut(principal.name, MAX_NAME_CHARACTERS), cut(principal.email, MAX_NAME_CHARACTERS)
    return msgspec.structs.replace(principal, name=name, email=email)


def minimal(entry: AuditEntry) -> AuditEntry:
    """The entry without anything that the caller sent, for a call whose full entry the table refuses."""
    principal = Principal(entry.principal.type, NOT_RECORDED, verified=entry.principal.verified)
    return msgspec.structs.replace(entry, principal=principal, source_ip="", parameters=NOT_RECORDED, resource_ids=())
