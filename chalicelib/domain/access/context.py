"""What the platform knows of a call: its caller, its time, its deadline and where it is served."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from .permissions import InvocationMode, Principal


class Hub(msgspec.Struct, frozen=True):
    """The account and Region in which the platform itself runs."""

    partition: str
    account_id: str
    region: str

    @classmethod
    def of_arn(cls, arn: str) -> "Hub":
        """Where the function of that ARN runs."""
        _, partition, _, region, account_id, *_ = arn.split(":")
        return cls(partition, account_id, region)

    def state_machine_arn(self, name: str) -> str:
        return f"arn:{self.partition}:states:{self.region}:{self.account_id}:stateMachine:{name}"

    def workflow_run_arn(self, machine: str, run_name: str) -> str:
        return f"arn:{self.partition}:states:{self.region}:{self.account_id}:execution:{machine}:{run_name}"


ANSWER_SECONDS = 22.0
"""After so many seconds a call that reads AWS answers with what it has; API Gateway waits 29 seconds."""

_TO_ANSWER_SECONDS = 3.0


class CallContext(msgspec.Struct, frozen=True):
    """One call. Lambda stops the function at ``deadline`` at the latest; times are aware UTC.

    ``has_answer`` says whether the client has the answer with a tag, according to its If-None-Match header.
    """

    request_id: str
    principal: Principal
    mode: InvocationMode
    clock: Callable[[], datetime]
    deadline: datetime
    hub: Hub
    source_ip: str = ""
    has_answer: Callable[[str], bool] = lambda _: False

    @property
    def now(self) -> datetime:
        return self.clock()

    @property
    def seconds_to_read(self) -> float:
        """For how long this call may read AWS from now on, so that the caller still gets its answer."""
        left = (self.deadline - self.now).total_seconds() - _TO_ANSWER_SECONDS
        return max(0.0, min(ANSWER_SECONDS, left))
