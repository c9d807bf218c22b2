"""Seals what the streams of audit log and timelines report: appends it to its chains, and says what is not legitimate.

No call of this is audited: the entry would be sealed in turn, without end.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ...aws.actions.access.evidence import put_link
from ...aws.reads.access.evidence import find_head, read_object
from ...domain.access.context import Hub
from ...domain.access.evidence import (
    FIRST,
    Change,
    Link,
    Log,
    changes_by_chain,
    decode,
    encode,
    hash_of,
    log_of_chain,
)
from ...domain.access.evidence_standing import FIGURE_OF, Tampering, newest_change, tamperings
from ...domain.errors import DomainError, Unavailable
from ...logs import counted_as, logger
from ...settings import settings
from ...side_by_side import map_bounded
from ...store.failures import translated
from ...store.writes.access.evidence import record_not_sealed, record_sealed, record_tampering

CHAINS_AT_ONCE = 8
TRIES = 20
"""How often another writer may be faster; each time the chain has grown by a link."""


def seal(records: Sequence[Mapping[str, Any]], hub: Hub) -> int:
    """Appends a batch of a table's stream to its chains; returns how many changes it holds.

    Raises CloudError or Unavailable when one cannot be appended. The batch is then delivered again, and the chains that
    have it already do not take it twice.
    """
    chains = changes_by_chain(records)
    logs = {log_of_chain(chain) for chain in chains}
    try:
        map_bounded(lambda chain: _append(chain, tuple(chains[chain]), hub), chains, limit=CHAINS_AT_ONCE)
    except DomainError as error:
        message = error.message
        _keep_standing(logs, lambda log: record_not_sealed(FIGURE_OF[log], message))
        raise
    found = [each for chain, changes in chains.items() for each in tamperings(chain, changes)]
    _report(found)
    _keep_standing(logs, lambda log: _record(log, chains, found))
    return sum(len(changes) for changes in chains.values())


def _record(log: Log, chains: Mapping[str, Sequence[Change]], found: Sequence[Tampering]) -> None:
    own = {chain: changes for chain, changes in chains.items() if log_of_chain(chain) is log}
    record_sealed(FIGURE_OF[log], max(map(newest_change, own.values())))
    if tampered := [each for each in found if each.chain in own]:
        record_tampering(FIGURE_OF[log], tampered)


def _keep_standing(logs: Iterable[Log], keep: Callable[[Log], None]) -> None:
    """Keeps what the dashboard shows. Neither evidence nor alarms depend on it, so a failure is only logged."""
    for log in sorted(logs):
        try:
            with translated():
                keep(log)
        except DomainError as error:
            logger.warning("standing of the evidence not kept", extra={"log": log, "reason": error.message})


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


def _report(found: Iterable[Tampering]) -> None:
    """Logs and counts every change that the platform does not make. An alarm watches the count."""
    for each in found:
        facts = {"chain": each.chain, "item": each.item, "problem": each.problem, "sequence": each.sequence}
        counted = counted_as({"EvidenceTampered": 1}, {"Stage": settings().stage}, at=datetime.now(UTC))
        logger.error("evidence was tampered with", extra={**facts, **counted})
