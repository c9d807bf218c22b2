"""Reads the status of automations and commands of Systems Manager. Nothing here changes anything."""

import json

import msgspec

from ....domain.estate.accounts import Place, TargetAccount
from ....domain.steps.step_runs import StepStatus
from ...asking import Expected, translated
from ...sessions import Access, client

_RUNNING = {"Pending", "InProgress", "Delayed", "Cancelling", "Waiting", "Scheduled", "PendingApproval", "Approved"}
_RUNNING |= {"RunbookInProgress", "PendingChangeCalendarOverride", "ChangeCalendarOverrideApproved"}
_GOOD = {"Success", "CompletedWithSuccess"}


class Sighting(msgspec.Struct, frozen=True):
    """The status of a step, and what it has printed or why it failed."""

    status: StepStatus
    output: str


def see_automation(account: TargetAccount, region: str, automation_id: str) -> Sighting:
    """The status of an automation. Raises CloudError or Unavailable."""
    place = Place(account.account_id, region)
    with translated(place):
        ssm = client("ssm", place, account, Access.READ)
        found = ssm.get_automation_execution(AutomationExecutionId=automation_id)["AutomationExecution"]
    word = str(found["AutomationExecutionStatus"])
    output = found.get("FailureMessage") or (json.dumps(found["Outputs"]) if found.get("Outputs") else "")
    return Sighting(_status_of(word), f"{word}. {output}".strip())


def see_command(account: TargetAccount, region: str, command_id: str, instance_id: str) -> Sighting:
    """The status of a command on one instance. Raises CloudError or Unavailable."""
    place = Place(account.account_id, region)
    try:
        with translated(place, expected={"InvocationDoesNotExist"}):
            ssm = client("ssm", place, account, Access.READ)
            found = ssm.get_command_invocation(CommandId=command_id, InstanceId=instance_id)
    except Expected:
        # AWS shows a command only a moment after it was sent.
        return Sighting(StepStatus.RUNNING, "not shown yet")
    status = _status_of(str(found["Status"]))
    details = "" if status is StepStatus.SUCCEEDED else f"{found.get('StatusDetails') or found['Status']}."
    printed = [details, found.get("StandardOutputContent", ""), found.get("StandardErrorContent", "")]
    output = "\n".join(text.strip() for text in printed if text.strip())
    return Sighting(status, output or str(found["Status"]))


def _status_of(word: str) -> StepStatus:
    if word in _GOOD:
        return StepStatus.SUCCEEDED
    if word in _RUNNING:
        return StepStatus.RUNNING
    return StepStatus.TIMED_OUT if word == "TimedOut" else StepStatus.FAILED
