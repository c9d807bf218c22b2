"""Connects a target account through the API as docs/connect-an-account.md describes, with one mistake and its repair.

Each answer must be the one that a person would rely on, else the demonstration has failed.
"""

from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.domain.estate.inventory import RegionState
from chalicelib.domain.estate.servers import SourceServer
from chalicelib.domain.text import count_of
from chalicelib.operations.accounts import AccountValidation, AccountView
from local.demo.narration import Narrator
from local.demo.rest import RestClient

if TYPE_CHECKING:
    # Not imported when it runs: importing moto makes a session, which must not see the user's AWS configuration.
    from local.cloud import LocalCloud
    from local.world import TargetAccount

_PATH = "/accounts/targets"


class Connect(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """The account of the world that is not registered at the start, and the name that it gets."""

    account_id: str
    name: str


class NotConnected(RuntimeError):
    """A step had another result than it must have."""


def connect(account: "TargetAccount", name: str, *, client: RestClient, actor: str, narrator: Narrator) -> None:
    """Registers the account with a mistyped external id, validates it, and repairs what the validation finds.

    Raises NotConnected, and ApiProblem for a request that is refused.
    """
    url = f"{_PATH}/{account.account_id}"
    content = {"name": name, "regions": list(account.regions)}
    narrator.does(None, actor, f"register account {account.account_id}", "with a typing mistake in its external id")
    narrator.sends(f"POST {_PATH}")
    body = {**content, "accountId": account.account_id, "externalId": _mistyped(account.external_id)}
    registered = client.post(_PATH, body, AccountView, idempotency_key="")
    narrator.answers(f"'{registered.name}' is registered, with the roles of its stack.")

    found = _validate(url, client, actor, narrator)
    _require_refused_roles(found)

    narrator.does(None, actor, "update the account", "with the external id that its stack was given")
    narrator.sends(f"PUT {url}")
    changed = {**content, "externalId": account.external_id, "version": registered.version}
    narrator.answers(f"The account is now at version {client.put(url, changed, AccountView).version}.")

    found = _validate(url, client, actor, narrator)
    if not found.usable:
        raise NotConnected(f"The account has the right external id and is not usable: {_faults(found)}")


def require_inventory(account: "TargetAccount", *, cloud: "LocalCloud", client: RestClient, narrator: Narrator) -> None:
    """Compares the servers that the inventory has of the account with those that DRS has. Raises NotConnected."""
    listed: set[str] = set()
    there: set[str] = set()
    for region in account.regions:
        servers = client.list_all("/drs/source-servers", SourceServer, accountId=account.account_id, region=region)
        listed |= {server.source_server_id for server in servers}
        drs = cloud.client("drs", account=account.account_id, region=region)
        pages = drs.get_paginator("describe_source_servers").paginate()
        there |= {server["sourceServerID"] for page in pages for server in page["items"]}
    narrator.answers(f"The inventory has {count_of(len(listed), 'server')} of account {account.account_id}.")
    if not there or listed != there:
        raise NotConnected(f"The inventory has {len(listed)} servers of the account, and DRS has {len(there)}.")


def _validate(url: str, client: RestClient, actor: str, narrator: Narrator) -> AccountValidation:
    narrator.does(None, actor, "validate the account")
    narrator.sends(f"POST {url}/validate")
    found = client.post(f"{url}/validate", {}, AccountValidation, idempotency_key="")
    if found.usable:
        tried = ", ".join(dict.fromkeys(f"{check.what} {check.region}".strip() for check in found.checks))
        narrator.answers(f"Usable. Tried with both roles: {tried}.")
        return found
    # The checks of both roles have the same reason and remedy.
    for check in [check for check in found.checks if check.prevents_use][:1]:
        narrator.finds(f"Not usable. {check.access} role: {check.state}. {check.reason}")
        narrator.answers(f"Remedy: {check.remedy}")
    return found


def _require_refused_roles(found: AccountValidation) -> None:
    states: list[Any] = [check.state for check in found.checks]
    if found.usable or states != [RegionState.ROLE_NOT_ASSUMABLE] * 2:
        raise NotConnected(f"The external id is wrong, but the validation found: {_faults(found) or 'no fault'}")


def _faults(found: AccountValidation) -> str:
    return "; ".join(f"{check.what} ({check.access}) {check.state}" for check in found.checks if check.prevents_use)


def _mistyped(secret: str) -> str:
    return secret[:-1] + ("B" if secret.endswith("A") else "A")
