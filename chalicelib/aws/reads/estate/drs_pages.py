"""Reads single pages of lists in DRS, for lists that callers page through themselves.

Errors of AWS are raised as CloudError or Unavailable, with account and Region.
"""

from contextlib import suppress
from typing import Any

import msgspec

from ....domain.errors import FieldProblem, InvalidRequest
from ....domain.estate.accounts import Place, TargetAccount
from ...asking import Expected, translated
from ...sessions import Access, client


class DrsPage(msgspec.Struct, frozen=True):
    """A page of what DRS lists; ``token`` leads to the next one and is empty on the last."""

    items: list[dict[str, Any]]
    token: str


def read_drs_page(
    account: TargetAccount, region: str, operation: str, *, limit: int, token: str, **request: Any
) -> DrsPage:
    """One page, with one call. Raises InvalidRequest for a token that DRS does not take."""
    place = Place(account.account_id, region)
    if token:
        request["nextToken"] = token
    with suppress(Expected), translated(place, expected={"ValidationException"} if token else ()):
        answer = getattr(client("drs", place, account, Access.READ), operation)(maxResults=limit, **request)
        return DrsPage(answer.get("items", []), answer.get("nextToken") or "")
    raise InvalidRequest([FieldProblem("cursor", "is not a cursor of this list; repeat the request without a cursor")])
