"""Seals what the streams of audit log and timelines report: appends it to its chains, and says what is not legitimate.

No call of this is audited: the entry would be sealed in turn, without end.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ...aws.actions.access.evidence import put_link
from ...aws.reads.access.evidence import find_head, read_object
from ...domain.access.context import Hub
from ...domain.access.evidence import (
    FIRST,
    Change,
    Link,
    change_problem,
    changes_by_chain,
    decode,
    encode,
    hash_of,
    log_of_chain,
)
from ...domain.errors import Unavailable
from ...logs import counted_as, logger
from ...settings import settings
from ...side_by_side import map_bounded

CHAINS_AT_ONCE = 8
TRIES = 20
"""How often another writer may be faster; each time the chain has grown by a link."""


def seal(records: Sequence[Mapping[str, Any]], hub: Hub) -> int:
    """Appends a batch of a table's stream to its chains; returns how many changes it holds.

    Raises CloudError or Unavailable when one cannot be appended. The batch is then delivered again, and the chains that
    have it already do not take it twice.
    """
    chains = changes_by_chain(records)
    map_bounded(lambda chain: _append(chain, tuple(chains[chain]), hub), chains, limit=CHAINS_AT_ONCE)
    for chain, changes in chains.items():
        _report(chain, changes)
    return sum(len(changes) for changes in chains.values())


def _append(chain: str, changes: tuple[Change, ...], hub: Hub) -> None:
    """Appends one link. The head decides: only one writer gets a number, and a loser reads the new head."""
    for _ in range(TRIES):
        head = find_head(chain, hub)
        stored = read_object(chain, head, hub) if head else b""
        if head and _changes_in(stored) == changes:
            return
        link = Link(chain, head + 1, hash_of(stored) if head else FIRST, changes)
        if put_link(chain, link.number, encode(link), hub):
            return
    raise Unavailable(f"Other writers kept appending to the chain {chain}. The stream delivers this batch again.")


def _changes_in(stored: bytes) -> tuple[Change, ...]:
    """The changes of the last link. A foreign object has none: it is followed, and named when the chain is verified."""
    link = decode(stored)
    return link.changes if link else ()


def _report(chain: str, changes: Sequence[Change]) -> None:
    """Logs and counts every change that the platform does not make. An alarm watches the count."""
    log = log_of_chain(chain)
    for change in changes:
        problem = change_problem(log, change)
        if problem:
            facts = {"chain": chain, "item": change.item, "problem": problem, "sequence": change.sequence}
            counted = counted_as({"EvidenceTampered": 1}, {"Stage": settings().stage}, at=datetime.now(UTC))
            logger.error("evidence was tampered with", extra={**facts, **counted})
