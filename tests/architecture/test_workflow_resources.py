"""The state machines with the aliases that they call, and the alarms with the metrics that they watch."""

import re

import pytest

from chalicelib.calls.invocations import REST_ALIAS, WORKFLOW_ALIAS
from chalicelib.domain.estate.measures import UNITS
from chalicelib.domain.estate.syncs import SyncKind
from chalicelib.logs import Counted
from local.project import ALIASES
from scripts.chalice_config import FUNCTIONS
from scripts.deployment.aliases import ALIASES as DEPLOYED_ALIASES
from tests.architecture.templates import ROOT, resources

# What AWS and our functions publish: namespace → (dimension, metrics). An alarm on anything else never fires.
PUBLISHED = {
    "AWS/Lambda": ("FunctionName", {"Errors", "Throttles", "Invocations", "Duration", "IteratorAge"}),
    "AWS/SQS": ("QueueName", {"ApproximateNumberOfMessagesVisible"}),
    "AWS/WAFV2": ("WebACL", {"BlockedRequests"}),
    "AWS/States": ("StateMachineArn", {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionThrottled"}),
    "DrOrchestration": (
        "Stage",
        {"CheckedServers", "DriftedServers", "EvidenceTampered", "FailedChecks", *UNITS, *Counted},
    ),
}


def deployed_function_names() -> set[str]:
    return {f"aws-drs-orchestration-{name.replace('_', '-')}-${{Stage}}" for name in FUNCTIONS}


def test_every_alarm_can_fire_and_notifies_the_alarm_topic() -> None:
    watched: dict[str, set[str]] = {}
    for key, entry in resources("workflow.yaml", "AWS::CloudWatch::Alarm").items():
        alarm = entry["Properties"]
        dimension, metrics = PUBLISHED[alarm["Namespace"]]
        assert alarm["MetricName"] in metrics, key
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}], key
        if alarm["MetricName"] == "Throttles":
            continue
        only, *others = alarm["Dimensions"]
        assert only["Name"] == dimension, key
        if alarm["Namespace"] != "AWS/WAFV2":
            assert [(other["Name"], other["Value"] in set(SyncKind)) for other in others] in ([], [("Sync", True)]), key
        target = next(iter(only["Value"].values()))
        watched.setdefault(alarm["MetricName"], set()).add(str(target))
    assert watched["Errors"] == deployed_function_names()
    assert watched["ExecutionsFailed"] == watched["ExecutionsTimedOut"] == {"Workflow", "InventoryMap"}


@pytest.mark.parametrize(
    ("name", "file", "sid"),
    [
        ("Workflow", "dr_orchestration", "InvokeTheTwoHandlers"),
        ("InventoryMap", "inventory_sync", "InvokeTheHandler"),
    ],
)
def test_a_state_machine_may_invoke_exactly_the_aliases_in_its_definition(name: str, file: str, sid: str) -> None:
    machine = resources("workflow.yaml", "AWS::StepFunctions::StateMachine")[name]
    role = resources("workflow.yaml", "AWS::IAM::Role")[f"{name}Role"]
    invoke = next(
        statement
        for statement in role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        if statement["Sid"] == sid
    )
    substitutions = machine["Properties"]["DefinitionSubstitutions"]
    assert invoke["Resource"] == list(substitutions.values())
    definition = (ROOT / f"statemachine/{file}.asl.json").read_text()
    for placeholder, arn in substitutions.items():
        assert f"${{{placeholder}}}" in definition
        assert arn["Fn::Sub"].endswith("-handler-${Stage}:workflow")


def test_every_alias_that_is_called_is_created_by_the_deployment_and_known_to_the_local_cloud() -> None:
    assert {handler: frozenset(names) for handler, names in DEPLOYED_ALIASES.items()} == ALIASES
    called = {alias for aliases in ALIASES.values() for alias in aliases}
    assert called == {"live", REST_ALIAS, WORKFLOW_ALIAS}


def test_every_metric_is_explained_with_its_unit_and_no_other_is() -> None:
    page = (ROOT / "docs/monitoring.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", page, re.MULTILINE)
    assert dict(rows) == {name: unit.value for name, unit in UNITS.items()}


def test_every_alarm_on_a_metric_of_ours_is_explained() -> None:
    page = (ROOT / "docs/monitoring.md").read_text()
    ours = [
        alarm["Properties"]["AlarmName"]["Fn::Sub"].removeprefix("aws-drs-orchestration-").removesuffix("-${Stage}")
        for alarm in resources("workflow.yaml", "AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["MetricName"] in UNITS
    ]
    assert sorted(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)) == sorted(ours)
