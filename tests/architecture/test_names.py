"""The names of what is deployed: of the packaged application, and of the graph that `chalice deploy` works off."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from chalice.deploy import models

from scripts import chalice_names
from scripts.chalice_config import FUNCTIONS
from tests.architecture.conftest import PackagedApplication

ROOT = Path(__file__).resolve().parent.parent.parent


def guide(function: str) -> str:
    """The name that the deployment guide gives a function, its role and its rule."""
    return f"aws-drs-orchestration-{function.replace('_', '-')}-qa"


def named(packaged: PackagedApplication, kind: str, name: str) -> set[str]:
    return {entry["Properties"][name] for entry in packaged.template["Resources"].values() if entry["Type"] == kind}


def test_the_package_has_the_names_of_the_guide(packaged: PackagedApplication) -> None:
    names = {guide(function) for function in FUNCTIONS}
    assert "aws-drs-orchestration-query-handler-qa" in names
    for function, properties in packaged.functions().items():
        assert properties["FunctionName"] == guide(function)
        role = packaged.template["Resources"][properties["Role"]["Fn::GetAtt"][0]]
        assert role["Properties"]["RoleName"] == guide(function)
        for event in properties.get("Events", {}).values():
            named_by = "RuleName" if event["Type"] == "EventBridgeRule" else "Name"
            assert event["Properties"][named_by] == guide(function)
    assert named(packaged, "AWS::Logs::LogGroup", "LogGroupName") == {f"/aws/lambda/{name}" for name in names}
    assert named(packaged, "AWS::Serverless::LayerVersion", "LayerName") == {"aws-drs-orchestration-managed-layer-qa"}
    (api,) = named_apis(packaged)
    assert api == "aws-drs-orchestration-qa"


def named_apis(packaged: PackagedApplication) -> list[str]:
    return [
        entry["Properties"]["DefinitionBody"]["info"]["title"]
        for entry in packaged.template["Resources"].values()
        if entry["Type"] == "AWS::Serverless::Api"
    ]


def test_a_name_of_chalice_that_is_not_expected_ends_the_command() -> None:
    """Chalice's inside may change with any version; then a deployment must stop, and not deploy other names."""
    fields: dict[str, Any] = {
        "resource_name": "metrics-event",
        "schedule_expression": "rate(5 minutes)",
        "lambda_function": SimpleNamespace(),
    }
    expected = models.ScheduledEvent(rule_name="aws-drs-orchestration-qa-metrics-event", **fields)
    chalice_names._name(expected, "qa")
    chalice_names._name(expected, "qa")
    assert expected.rule_name == guide("metrics")
    with pytest.raises(chalice_names.UnexpectedName, match="aws-drs-orchestration-metrics-event-qa"):
        chalice_names._name(models.ScheduledEvent(rule_name="aws-drs-orchestration-metrics-event-qa", **fields), "qa")
    subscription = models.SNSLambdaSubscription(
        resource_name="new", topic="t", lambda_function=fields["lambda_function"]
    )
    with pytest.raises(chalice_names.UnexpectedName, match="SNSLambdaSubscription new"):
        chalice_names._name(subscription, "qa")


def test_the_names_are_given_under_chalices_command_line_only() -> None:
    loaded = "import sys, app; print('scripts.chalice_names' in sys.modules, 'chalice.deploy' in sys.modules)"
    for before, expected in (("", "False False"), ("import chalice.cli; ", "True True")):
        done = subprocess.run(
            [sys.executable, "-c", before + loaded], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == expected
