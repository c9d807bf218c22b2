"""Recovery points: which moment of its data a server is launched from, as requested and as chosen."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from ..errors import FieldProblem, InvalidRequest, require_no_problems
from ..text import format_moment

LATEST = "LATEST"


class RecoveryPoint(msgspec.Struct, frozen=True, rename="camel"):
    """A consistent moment of one server's disks; DRS calls it a recovery snapshot."""

    point_id: str
    source_server_id: str
    at: datetime


class PointSearch(msgspec.Struct, frozen=True):
    """The result of a search for a server's point: the chosen and the oldest one; None if there is none."""

    chosen: RecoveryPoint | None
    oldest: RecoveryPoint | None


class PointWish(msgspec.Struct, frozen=True):
    """What a start requests: a moment for all servers, or points of some and LATEST for the others."""

    moment: datetime | None = None
    points: Mapping[str, str] = {}

    def concerns(self, source_server_id: str) -> bool:
        """Whether a point must be looked up for the server; DRS chooses the latest one by itself."""
        return self.moment is not None or source_server_id in self.points


def read_wish(point_in_time: str, recovery_points: Mapping[str, str], now: datetime) -> PointWish:
    """Reads ``LATEST``, an ISO-8601 time with its zone, or the recovery points of some servers.

    Raises InvalidRequest for a time that is malformed or in the future, for malformed ids, and for a time together with
    recovery points.
    """
    problems = [
        FieldProblem(f"recoveryPoints.{server_id}", f"'{point_id}' is not a recovery point id (pit- and 17 characters)")
        for server_id, point_id in recovery_points.items()
        if not (len(point_id) == 21 and point_id.startswith("pit-") and point_id[4:].isalnum())
    ]
    moment = None
    if point_in_time != LATEST:
        moment = _moment(point_in_time)
        if moment is None:
            problem = f"must be {LATEST} or a time such as 2026-03-01T12:00:00Z; it is '{point_in_time}'"
            problems.append(FieldProblem("pointInTime", problem))
        elif moment > now:
            problems.append(FieldProblem("pointInTime", "is in the future; give a past time or LATEST"))
        if recovery_points:
            problems.append(
                FieldProblem("recoveryPoints", "cannot be combined with a pointInTime; give only one of them")
            )
    require_no_problems(problems)
    return PointWish(moment, dict(recovery_points))


def require_known_servers(wish: PointWish, server_ids: Iterable[str]) -> None:
    """Raises InvalidRequest for points of servers that are not in the plan."""
    strangers = sorted(set(wish.points) - set(server_ids))
    require_no_problems([FieldProblem(f"recoveryPoints.{item}", "is not a server of the plan") for item in strangers])


def choose_at(points: Iterable[RecoveryPoint], moment: datetime) -> RecoveryPoint | None:
    """The newest point at or before the moment; None if there is none."""
    return max((point for point in points if point.at <= moment), key=lambda point: point.at, default=None)


def choose_named(points: Iterable[RecoveryPoint], point_id: str) -> RecoveryPoint | None:
    return next((point for point in points if point.point_id == point_id), None)


def refuse_missing_points(wish: PointWish, missing: Mapping[str, PointSearch]) -> None:
    """Raises InvalidRequest with every server whose named point is not among its points."""
    problems = []
    for server_id, search in sorted(missing.items()):
        has = f"its oldest one is from {format_moment(search.oldest.at)}" if search.oldest else "it has none at all"
        message = f"the server has no recovery point '{wish.points[server_id]}'; {has}"
        problems.append(FieldProblem(f"recoveryPoints.{server_id}", message))
    if problems:
        raise InvalidRequest(problems)


def skew_of(points: Iterable[RecoveryPoint]) -> timedelta | None:
    """The time between the oldest and the newest point; None without points.

    It is how far one server's data may be ahead of another's.
    """
    moments = [point.at for point in points]
    return max(moments) - min(moments) if moments else None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
