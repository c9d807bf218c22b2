"""What a sync did in some places, and how it ended."""

from collections.abc import Iterable, Mapping

import msgspec


class SyncTally(msgspec.Struct, frozen=True, rename="camel"):
    """What a sync did in ``places`` places; ``failures`` by ``account/region``."""

    places: int = 0
    seen: int = 0
    written: int = 0
    removed: int = 0
    failures: dict[str, str] = {}

    @property
    def outcome(self) -> str:
        """COMPLETED, PARTIAL when some places failed, FAILED when all did."""
        if not self.failures:
            return "COMPLETED"
        return "PARTIAL" if len(self.failures) < self.places else "FAILED"


def total(tallies: Iterable[SyncTally]) -> SyncTally:
    """The sum of tallies of different places."""
    parts = list(tallies)
    return SyncTally(
        places=sum(part.places for part in parts),
        seen=sum(part.seen for part in parts),
        written=sum(part.written for part in parts),
        removed=sum(part.removed for part in parts),
        failures={place: reason for part in parts for place, reason in part.failures.items()},
    )


def shortened(failures: Mapping[str, str], characters: int) -> dict[str, str]:
    """The failures with their reasons cut so that all reasons together have at most ``characters`` characters.

    Every place is kept, and short reasons are kept whole. The complete reason of a place is in its Region's status.
    """
    room, left = characters, len(failures)
    kept: dict[str, str] = {}
    for place, reason in sorted(failures.items(), key=lambda item: (len(item[1]), item[0])):
        kept[place] = reason[: room // left]
        room, left = room - len(kept[place]), left - 1
    return {place: kept[place] for place in failures}
