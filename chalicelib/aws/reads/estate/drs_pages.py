"""Reads single pages of lists in DRS, for lists that callers page through themselves.

Errors of AWS are raised as CloudError or Unavailable, with account and Region.
"""

from contextlib import suppress
from typing import Any

import msgspec

from ....domain.errors import CloudError, FieldProblem, InvalidRequest, RecordNotFound
from ....domain.estate.accounts import Place, TargetAccount
from ...asking import Expected, translated
from ...sessions import Access, client


class DrsPage(msgspec.Struct, frozen=True):
    """A page of what DRS lists; ``token`` leads to the next one and is empty on the last."""

    items: list[dict[str, Any]]
    token: str


def read_drs_page(
    account: TargetAccount, region: str, operation: str, *, limit: int, token: str, id_field: str = "", **request: Any
) -> DrsPage:
    """One page, with one call.

    ``id_field`` is the field of the caller's request with the id that is asked for. Raises InvalidRequest for a token
    or an id that DRS does not take, and RecordNotFound for an id that it does not know.
    """
    place = Place(account.account_id, region)
    if token:
        request["nextToken"] = token
    try:
        with suppress(Expected), translated(place, expected={"ValidationException"} if token else ()):
            answer = getattr(client("drs", place, account, Access.READ), operation)(maxResults=limit, **request)
            return DrsPage(answer.get("items", []), answer.get("nextToken") or "")
    except CloudError as error:
        code = error.details.get("awsCode")
        if code == "ResourceNotFoundException":
            raise RecordNotFound(f"DRS in {place} knows no such record: {error.message}", **error.details) from error
        if code == "ValidationException":
            raise InvalidRequest([FieldProblem(id_field, f"is not taken by DRS: {error.message}")]) from error
        raise
    raise InvalidRequest([FieldProblem("cursor", "is not a cursor of this list; repeat the request without a cursor")])
