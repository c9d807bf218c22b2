"""Extends servers of staging accounts. Only a throttled call is sent again: DRS has certainly not acted on it."""

from collections.abc import Mapping

from ....domain.attempts import Attempt
from ....domain.estate.accounts import Place, TargetAccount
from ....domain.estate.staging import ExtensibleServer
from ...asking import attempt
from ...sessions import Access, client

MOST_TAGS = 50
_PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Pauses between attempts while AWS throttles; AWS publishes no rates for writes of DRS."""


def extend_server(account: TargetAccount, region: str, server: ExtensibleServer) -> Attempt[str]:
    """Makes an extended source server in the account, with the tags of its original. The result is its id.

    Never raises an error of AWS.
    """
    place = Place(account.account_id, region)

    def extend() -> str:
        drs = client("drs", place, account, Access.OPERATE)
        made = drs.create_extended_source_server(sourceServerArn=server.source_server_arn, tags=_copied(server.tags))
        return str(made["sourceServer"]["sourceServerID"])

    return attempt("DRS", place, extend, pauses_seconds=_PAUSES_SECONDS)


def _copied(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags that can be set: names that begin with ``aws:`` are AWS's own."""
    own = [(key, value) for key, value in tags.items() if not key.lower().startswith("aws:")]
    return dict(own[:MOST_TAGS])
