"""The function that the events of DRS start, also those that target accounts forward. It wakes waves that wait.

It serves no operation, so it does not load their table.
"""

from typing import Any, cast

from chalice import Blueprint
from chalice.app import CloudWatchEvent

from ..domain.access.context import Hub
from ..domain.runs.wakes import LAUNCH_RESULT, SOURCE, launch_result_of
from ..logs import logger

functions = Blueprint(__name__)


@functions.on_cw_event({"source": [SOURCE], "detail-type": [LAUNCH_RESULT]}, name="drs-events")
def drs_events(event: CloudWatchEvent) -> dict[str, Any]:
    """Wakes the wave that an event is about, if there is one. A lost event costs nothing but time."""
    from ..execution.waves.waking import wake_wave

    sent = event.to_dict()
    result = launch_result_of(sent.get("account"), sent.get("region"), sent.get("resources"), sent.get("detail"))
    if result is None:
        logger.warning("event ignored", extra={"reason": "It is not a launch result of one server."})
        return {"woken": False}
    verdict = wake_wave(result, Hub.of_arn(cast(Any, event.context).invoked_function_arn))
    logger.info("event of DRS", extra={"woken": verdict.wakes, "reason": verdict.reason})
    return {"woken": verdict.wakes}
