"""Writes and removes tags of source servers in DRS. Both can be repeated without harm."""

from collections.abc import Mapping, Sequence
from typing import Any

from ....domain.attempts import Attempt
from ....domain.estate.accounts import Place, TargetAccount
from ....domain.estate.tag_sync import TaggedServer
from ...asking import attempt
from ...sessions import Access, client

_PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0)
"""Between requests that DRS throttles; AWS publishes no rate for them."""


def write_tags(account: TargetAccount, region: str, server: TaggedServer, tags: Mapping[str, str]) -> Attempt[bool]:
    """Adds tags to a source server, or replaces their values. Never raises an error of AWS."""
    return _change(account, region, lambda drs: drs.tag_resource(resourceArn=server.arn, tags=dict(tags)))


def remove_tags(account: TargetAccount, region: str, server: TaggedServer, keys: Sequence[str]) -> Attempt[bool]:
    """Removes tags of a source server; keys that it does not have are passed over. Never raises an error of AWS."""
    return _change(account, region, lambda drs: drs.untag_resource(resourceArn=server.arn, tagKeys=list(keys)))


def _change(account: TargetAccount, region: str, change: Any) -> Attempt[bool]:
    place = Place(account.account_id, region)

    def act() -> bool:
        change(client("drs", place, account, Access.OPERATE))
        return True

    return attempt("DRS", place, act, pauses_seconds=_PAUSES_SECONDS)
