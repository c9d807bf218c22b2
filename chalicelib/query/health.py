"""Is the service up, and does it reach its tables?"""

from ..domain.context import CallContext
from ..domain.plain_requests import Nothing
from ..domain.views import Health
from ..settings import settings
from ..store.reads.executions import check_reachable

VERSION = "0.1.0"


def get_health(_: Nothing, call: CallContext) -> Health:
    """``ok``, or Unavailable (503) when the tables do not answer."""
    check_reachable()
    return Health("ok", settings().stage, VERSION, call.now)
