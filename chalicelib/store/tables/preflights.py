"""Tables of the checks of plans: how the newest check of each plan and mode stands, and what checks have found."""

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from ...domain.runs.preflight_checks import KEPT_FOR, CheckState, PlaceProgress, PreflightCheck
from ...domain.runs.preflight_results import PreflightPart
from ...domain.runs.records import Mode
from ..records import Stored
from .base import EnumAttribute, IntegerAttribute, Table, ValueAttribute, table_name


class PreflightCheckItem(Table):
    """The newest check of a plan in one mode. It is small, because a check that runs writes it every few seconds."""

    class Meta:
        table_name = table_name("preflights")

    plan_id = UnicodeAttribute(hash_key=True)
    mode = EnumAttribute[Mode](Mode, range_key=True)
    check_id = UnicodeAttribute()
    state = EnumAttribute[CheckState](CheckState)
    point_in_time = UTCDateTimeAttribute(null=True)
    started_at = UTCDateTimeAttribute()
    started_by = UnicodeAttribute()
    lease_until = UTCDateTimeAttribute()
    ended_at = UTCDateTimeAttribute(null=True)
    runner = UnicodeAttribute(null=True)
    problem = UnicodeAttribute(null=True)
    progress = ValueAttribute[tuple[PlaceProgress, ...]](tuple[PlaceProgress, ...], null=True)
    result_id = UnicodeAttribute(null=True)
    expires_at = IntegerAttribute()


PREFLIGHT_CHECKS = Stored(
    PreflightCheck,
    PreflightCheckItem,
    made={"expires_at": lambda check: int((check.started_at + KEPT_FOR).timestamp())},
)


class PreflightPartItem(Table):
    """A part of what a check has found: part 0 is the result, the others are verdicts. ``value`` is JSON text."""

    class Meta:
        table_name = table_name("preflight-results")

    check_id = UnicodeAttribute(hash_key=True)
    part = IntegerAttribute(range_key=True)
    value = UnicodeAttribute()
    expires_at = IntegerAttribute()


PREFLIGHT_PARTS = Stored(PreflightPart, PreflightPartItem)
