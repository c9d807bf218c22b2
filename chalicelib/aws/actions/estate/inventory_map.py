"""Starts the state machine that syncs the inventory of large estates."""

from contextlib import suppress

from ....domain.access.context import Hub
from ....settings import settings
from ...asking import Expected, translated
from ...sessions import hub_client


def start_inventory_map(hub: Hub, name: str, payload: str) -> None:
    """Starts the state machine that syncs the inventory, under a name. A repeated start changes nothing.

    Raises CloudError or Unavailable when it cannot be started.
    """
    arn = hub.state_machine_arn(settings().inventory_machine_name)
    with suppress(Expected), translated(expected={"ExecutionAlreadyExists"}):
        hub_client("stepfunctions", hub.region).start_execution(stateMachineArn=arn, name=name, input=payload)
