"""The table of step runs."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from ...domain.step_runs import Target
from .base import Table, ValueAttribute, table_name


class StepRunItem(Table):
    """One step for one target; ``step_run`` is ``wave#attempt#phase#order#target``."""

    class Meta:
        table_name = table_name("step-runs")

    execution_id = UnicodeAttribute(hash_key=True)
    step_run = UnicodeAttribute(range_key=True)
    wave_number = NumberAttribute()
    attempt = NumberAttribute()
    phase = UnicodeAttribute()
    # ``order`` is a word of DynamoDB's own.
    position = NumberAttribute()
    step_name = UnicodeAttribute()
    status = UnicodeAttribute()
    target = ValueAttribute[Target](Target)
    external_id = UnicodeAttribute(default="")
    output = UnicodeAttribute(default="")
    started_at = UTCDateTimeAttribute()
    claim_expires_at = UTCDateTimeAttribute()
    ended_at = UTCDateTimeAttribute(null=True)
