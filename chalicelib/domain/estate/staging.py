"""Staging accounts: where servers replicate beyond the quota of a target account, and their extension into it.

DRS replicates at most 300 servers into an account and Region. More servers replicate into staging accounts, and each
of them is extended into the target account: DRS makes an extended source server there, which is recovered like any
other (DRS user guide, "Using multiple staging accounts").
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from ..attempts import RefusalKind
from ..errors import FieldProblem
from ..text import count_of
from .accounts import Place
from .inventory import RegionState
from .quotas import SOURCE_SERVERS

SYNC_PERIOD = timedelta(minutes=15)

MOST_DENIED = 5
"""After so many denials in a row no server of the staging account is tried any more: it is not about one server."""

_SHOWN = 10


class StagingAccount(msgspec.Struct, frozen=True, rename="camel"):
    """A staging account of one target account. An account can be a staging account of several.

    ``added_by_subject`` is the verified person who added it; empty for anything else.
    """

    target_account_id: str
    staging_account_id: str
    name: str
    added_at: datetime
    added_by: str
    added_by_subject: str = ""


class ExtensibleServer(msgspec.Struct, frozen=True, rename="camel"):
    """A server of a staging account that is not extended into the target account."""

    source_server_arn: str
    hostname: str
    tags: dict[str, str] = {}


class RefusedExtension(msgspec.Struct, frozen=True, rename="camel"):
    """A server that was not extended, and why."""

    source_server_arn: str
    hostname: str
    reason: str


class ExtensionResult(msgspec.Struct, frozen=True, rename="camel"):
    """The extension of one staging account's servers in one Region of a target account.

    ``extensible`` servers were found, of which ``extended`` are extended now, ``refused`` are not, and ``left`` were
    not tried. ``problem`` says why the servers could not be listed or why some were left.
    """

    account_id: str
    region: str
    staging_account_id: str
    extensible: int = 0
    extended: int = 0
    refused: tuple[RefusedExtension, ...] = ()
    left: int = 0
    problem: str = ""

    @property
    def failure(self) -> str:
        """What is still to be done, as one text; empty when every server is extended."""
        if not self.refused and not self.problem:
            return ""
        parts = [f"Staging account {self.staging_account_id}:"]
        if self.refused:
            listed = " ".join(f"{server.hostname}: {server.reason}" for server in self.refused[:_SHOWN])
            verb = "was" if len(self.refused) == 1 else "were"
            parts.append(f"{count_of(len(self.refused), 'server')} {verb} not extended. {listed}")
            if len(self.refused) > _SHOWN:
                parts.append(f"And {len(self.refused) - _SHOWN} more.")
        if self.problem:
            parts.append(self.problem)
        return " ".join(parts)


def staging_account_problems(target_account_id: str, staging_account_id: str) -> list[FieldProblem]:
    """What is wrong with the number of a staging account."""
    if not is_account_number(staging_account_id):
        return [FieldProblem("stagingAccountId", f"must have 12 digits; it is '{staging_account_id}'")]
    if staging_account_id == target_account_id:
        return [FieldProblem("stagingAccountId", "must be another account than the target account")]
    return []


def is_account_number(text: str) -> bool:
    return len(text) == 12 and text.isascii() and text.isdigit()


def in_turn(servers: Iterable[ExtensibleServer], now: datetime) -> list[ExtensibleServer]:
    """The servers in an order that differs from one sync to the next.

    If a sync does not reach all of them, none is always the last.
    """
    turn = int(now.timestamp() // SYNC_PERIOD.total_seconds())

    def place(server: ExtensibleServer) -> bytes:
        return hashlib.sha256(f"{turn}:{server.source_server_arn}".encode()).digest()

    return sorted(servers, key=place)


def room_of(source_servers: int | None) -> int:
    """How many servers can still be added to a place that has so many; None is not known, and DRS itself decides."""
    return SOURCE_SERVERS if source_servers is None else max(0, SOURCE_SERVERS - source_servers)


def no_room(place: Place, left: int) -> str:
    return (
        f"{count_of(left, 'server')} cannot be extended, because {place} has {SOURCE_SERVERS:,} source servers, the "
        "quota of DRS. Delete source servers that are not needed there, or extend these into another target account."
    )


def out_of_time(left: int) -> str:
    verb = "was" if left == 1 else "were"
    return f"{count_of(left, 'server')} {verb} not reached in time; the next sync goes on with them."


KEY_REMEDY = (
    "If the volumes of its staging area are encrypted with the default key (aws/ebs), it cannot be extended, because "
    "that key cannot be shared. In the staging account, choose a customer managed key in the server's replication "
    "settings, which makes DRS replicate its disks anew, and share the key with the target account."
)


KEYS = (
    "DRS can extend a server only if the volumes of its staging area are not encrypted, or encrypted with a customer "
    "managed key that the staging account shares with the target account. The default key (aws/ebs) cannot be shared: "
    "DRS refuses such servers with ValidationException."
)


def role_remedy(target_account_id: str) -> str:
    """What to do when the staging account does not let DRS in for the target account."""
    return (
        f"In the staging account, deploy infrastructure/staging-account.yaml for target account {target_account_id}, "
        f"or add {target_account_id} with the staging role in the DRS console (Settings, Trusted accounts)."
    )


def remedy_of(state: RegionState, target_account_id: str) -> str:
    """What to do when the servers of a staging account cannot be listed in a Region that answers so."""
    remedies = {
        RegionState.NOT_INITIALIZED: "Initialise DRS in this Region, in the target account and in the staging account.",
        RegionState.REGION_NOT_ENABLED: "Enable the Region in both accounts, or remove it from the target account.",
        RegionState.ROLE_NOT_ASSUMABLE: f"Validate target account {target_account_id} first.",
        RegionState.DENIED_BY_POLICY: "Let the service control policy of the account allow this action of DRS.",
        RegionState.ACCESS_DENIED: role_remedy(target_account_id),
    }
    return remedies.get(state, "")


def explain(kind: RefusalKind | None, reason: str, target_account_id: str) -> str:
    """The reason of a server that was not extended, with its remedy. ``kind`` None: the answer of DRS was lost."""
    sentence = f"{reason.removesuffix('.')}."
    if kind is RefusalKind.INVALID:
        return f"{sentence} {KEY_REMEDY}"
    if kind is RefusalKind.DENIED:
        return f"{sentence} {role_remedy(target_account_id)}"
    return sentence


def still_refused(refused: Sequence[RefusedExtension], extensible: Collection[str]) -> tuple[RefusedExtension, ...]:
    """Those of the refused servers that are still extensible.

    The others are extended: another call was faster, or the answer to this call was lost.
    """
    return tuple(server for server in refused if server.source_server_arn in extensible)
