"""Lets the data-management side's own function carry out a check, while the call that asked for it is answered."""

import json

from ....domain.access.context import Hub
from ....operations.declaration import Side
from ....settings import settings
from ...asking import translated
from ...sessions import hub_client


def invoke_check(hub: Hub, payload: dict[str, object]) -> None:
    """Invokes the function and does not wait for it. Lambda may deliver it twice; a check is carried out once.

    Raises CloudError or Unavailable.
    """
    name = settings().function_name(Side.DATA_MANAGEMENT.handler)
    with translated():
        hub_client("lambda", hub.region).invoke(
            FunctionName=name, InvocationType="Event", Payload=json.dumps(payload).encode()
        )
