"""The table of step runs."""

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute

from ...domain.plans.steps import Phase
from ...domain.steps.step_runs import StepRun, StepStatus, Target
from ..records import Stored
from .base import EnumAttribute, IntegerAttribute, Table, ValueAttribute, table_name


class StepRunItem(Table):
    """One step for one target; ``step_run`` is ``wave#attempt#phase#order#target``."""

    class Meta:
        table_name = table_name("step-runs")

    execution_id = UnicodeAttribute(hash_key=True)
    step_run = UnicodeAttribute(range_key=True)
    wave_number = IntegerAttribute()
    attempt = IntegerAttribute()
    phase = EnumAttribute[Phase](Phase)
    # ``order`` is a reserved word of DynamoDB.
    order = IntegerAttribute(attr_name="position")
    name = UnicodeAttribute(attr_name="step_name")
    status = EnumAttribute[StepStatus](StepStatus)
    target = ValueAttribute[Target](Target)
    external_id = UnicodeAttribute()
    output = UnicodeAttribute()
    started_at = UTCDateTimeAttribute()
    claim_expires_at = UTCDateTimeAttribute()
    refusal = UnicodeAttribute(null=True)
    is_waiting = BooleanAttribute(null=True)
    ended_at = UTCDateTimeAttribute(null=True)
    kind = UnicodeAttribute(attr_name="step_kind", null=True)


STEP_RUNS = Stored(StepRun, StepRunItem, made={"step_run": lambda run: run.key})
