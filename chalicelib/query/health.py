"""The health check: whether the service is up and reaches its tables."""

from ..domain.access.context import CallContext
from ..operations.access import Health
from ..operations.declaration import Nothing
from ..settings import VERSION, settings
from ..store.reads.runs.executions import check_reachable


def health(_: Nothing, call: CallContext) -> Health:
    """``ok``, or Unavailable (503) when the tables do not answer."""
    check_reachable()
    return Health("ok", settings().stage, VERSION, settings().commit, call.now)
