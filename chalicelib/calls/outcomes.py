"""What a caller is told when it is not known whether a command was carried out: where to look before repeating it."""

from collections.abc import Mapping
from typing import Any

from ..domain.access.audit import resource_ids
from ..domain.errors import OutcomeUnknown
from ..operations import Operation


def located(error: OutcomeUnknown, operation: Operation, raw: Mapping[str, Any], request_id: str) -> OutcomeUnknown:
    """The same error with the operation, the ids that the call named, and the read that shows the outcome."""
    ids = list(resource_ids(raw))
    shown = ", ".join([operation.shown_by, *ids])
    places = f"look at {shown} and at the audit log" if operation.shown_by else "look at the audit log"
    message = (
        f"{error.message} It is not known whether {operation.name} was carried out. "
        f"Before you repeat it, {places} (request id {request_id})."
    )
    facts: dict[str, Any] = {"operation": operation.name, "ids": ids, "requestId": request_id}
    if operation.shown_by:
        facts["lookOperation"] = operation.shown_by
    return OutcomeUnknown(message, **{**error.details, **facts})
