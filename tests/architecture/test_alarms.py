"""Each alarm watches a metric that something really emits, fires when that goes wrong, and is explained."""

import ast
import json
import operator
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.domain.estate.measures import UNITS
from chalicelib.domain.estate.syncs import SyncKind
from chalicelib.logs import Counted, count
from tests.architecture.conftest import ROOT
from tests.architecture.templates import resources
from tests.architecture.test_workflow_resources import deployed_function_names

ALARMS: dict[str, dict[str, Any]] = {
    key: entry["Properties"] for key, entry in resources("workflow.yaml", "AWS::CloudWatch::Alarm").items()
}
EACH_ALARM = pytest.mark.parametrize("key", ALARMS)
FUNCTIONS: dict[str, dict[str, Any]] = json.loads((ROOT / ".chalice/config.json").read_text())["stages"]["qa"][
    "lambda_functions"
]
PERIODS = {
    SyncKind.SOURCE_SERVER_INVENTORY: 300,
    SyncKind.RECOVERY_INSTANCES: 600,
    SyncKind.STAGING_ACCOUNTS: 900,
    SyncKind.LAUNCH_SETTINGS_DRIFT: 900,
}
"""How often the schedules start a sync, in seconds; packaged schedules are compared in their own test."""

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
}
RUNBOOK = (ROOT / "docs/runbook.md").read_text()


def fires(alarm: dict[str, Any], *values: float | None) -> bool:
    """Whether the alarm goes off when its statistic has these values, None for a period without data."""
    missing = alarm["TreatMissingData"] == "breaching"
    compare = COMPARE[alarm["ComparisonOperator"]]
    breaching = [missing if value is None else compare(value, alarm["Threshold"]) for value in values]
    needed = alarm["EvaluationPeriods"]
    return len(breaching) >= needed and all(breaching[-needed:])


def cases(key: str, alarm: dict[str, Any]) -> Iterator[tuple[list[float | None], list[float | None]]]:
    """Pairs of what the metric shows when all is well and when something is wrong, over enough periods."""
    periods, metric = alarm["EvaluationPeriods"], alarm["MetricName"]
    own = next((item["Value"] for item in alarm.get("Dimensions", []) if item["Name"] == "Sync"), None)
    match metric:
        case "Duration" if "ExtendedStatistic" in alarm:
            yield [300.0] * periods, [29_000.0] * periods
        case "Duration":
            limit = FUNCTIONS[_function(alarm)]["lambda_timeout"] * 1_000
            yield [limit / 2] * periods, [float(limit)] * periods
        case "Invocations":
            rounds = 300 / (60 if "watchdog" in key.lower() else 300)
            yield [rounds] * periods, [None] * periods
        case "SyncAge":
            period = PERIODS[SyncKind(str(own))]
            # Just before a run ends it is one period old, and the run takes some time.
            yield [period * 1.9] * periods, [period * 5.0] * periods
        case "MissingParts":
            yield [0.0] * periods, [None] * periods
            yield [0.0] * periods, [1.0] * periods
        case "CapacityPercent":
            yield [80.0] * periods, [95.0] * periods
        case "IteratorAge":
            yield [60_000.0] * periods, [15 * 60_000.0] * periods
        case "ServerErrors":
            yield [1.0] * periods, [5.0] * periods
        case "CheckedServers" | "DriftedServers" | "FailedChecks" | "ApproximateNumberOfMessagesVisible":
            yield [0.0] * periods, [1.0] * periods
        case _:
            yield [None] * periods, [1.0] * periods


def _function(alarm: dict[str, Any]) -> str:
    name = str(alarm["Dimensions"][0]["Value"]["Fn::Sub"])
    name = name.removeprefix("aws-drs-orchestration-").removesuffix("-${Stage}")
    return "api_handler" if name == "api-handler" else name


@EACH_ALARM
def test_an_alarm_is_quiet_when_all_is_well_and_fires_when_it_is_not(key: str) -> None:
    alarm = ALARMS[key]
    for well, wrong in cases(key, alarm):
        assert not fires(alarm, *well), well
        assert fires(alarm, *wrong), wrong


def test_every_function_has_an_alarm_for_errors_and_all_together_one_for_throttles() -> None:
    of_errors = [alarm for alarm in ALARMS.values() if alarm["MetricName"] == "Errors"]
    assert {alarm["Dimensions"][0]["Value"]["Fn::Sub"] for alarm in of_errors} == deployed_function_names()
    (of_throttles,) = [alarm for alarm in ALARMS.values() if alarm["MetricName"] == "Throttles"]
    assert "Dimensions" not in of_throttles, "the metric counts the calls of all functions that were refused"


def test_no_function_has_a_concurrency_of_its_own_for_which_it_could_be_throttled_alone() -> None:
    assert not any("reserved_concurrency" in settings for settings in FUNCTIONS.values())


@pytest.mark.parametrize("what", Counted)
def test_what_is_counted_is_the_metric_of_an_alarm(
    what: Counted, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line of the log is read as CloudWatch reads it: namespace, name and dimensions are those of the alarm."""
    monkeypatch.setenv("STAGE", "qa")
    count(what, 2)
    line = json.loads(capsys.readouterr().out)
    [directive] = line["_aws"]["CloudWatchMetrics"]
    [watching] = [alarm for alarm in ALARMS.values() if alarm["MetricName"] == what.value]
    assert directive["Namespace"] == watching["Namespace"]
    assert directive["Metrics"] == [{"Name": what.value, "Unit": "Count"}]
    assert [item["Name"] for item in watching["Dimensions"]] in directive["Dimensions"]
    assert (line[what.value], line["Stage"]) == (2, "qa")
    assert watching["Dimensions"][0]["Value"] == {"Ref": "Stage"}


def test_everything_that_can_be_counted_is_counted_somewhere() -> None:
    counted = {
        node.args[0].attr
        for file in (ROOT / "chalicelib").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"count", "count_metric"}
        and node.args
        if isinstance(node.args[0], ast.Attribute) and getattr(node.args[0].value, "id", "") == "Counted"
    }
    assert counted == {what.name for what in Counted}


def test_every_alarm_is_explained_in_the_runbook() -> None:
    """A row may stand for all functions: `<function>-errors`."""
    rows = set(re.findall(r"^\| `([a-z<>-]+)` \|", RUNBOOK, re.MULTILINE))
    names = {_name_of(alarm) for alarm in ALARMS.values()}
    functions = {"rest", *(set(FUNCTIONS) - {"api_handler"})}
    covered = {row.replace("<function>", function) for row in rows for function in functions}
    assert names - covered == set()
    assert {row for row in rows if "<" not in row} - names == set(), "these alarms do not exist"


def _name_of(alarm: dict[str, Any]) -> str:
    name: str = alarm["AlarmName"]["Fn::Sub"]
    return name.removeprefix("aws-drs-orchestration-").removesuffix("-${Stage}")


def test_every_metric_that_is_counted_is_explained() -> None:
    page = (ROOT / "docs/monitoring.md").read_text()
    assert set(re.findall(r"^\| `(\w+)` \| – \|", page, re.MULTILINE)) == {what.value for what in Counted}


def test_the_dashboard_shows_only_metrics_that_exist() -> None:
    [dashboard] = resources("workflow.yaml", "AWS::CloudWatch::Dashboard").values()
    body = json.loads(dashboard["Properties"]["DashboardBody"]["Fn::Sub"])
    shown = [metric for widget in body["widgets"] for metric in widget["properties"]["metrics"]]
    ours = {metric[1] for metric in shown if metric[0] == "DrOrchestration"}
    assert ours <= {*UNITS, *(what.value for what in Counted)}
    syncs = {metric[5] for metric in shown if metric[1] == "SyncAge"}
    assert syncs == {kind.value for kind in SyncKind if kind.value in syncs} != set()
    names = {metric[3] for metric in shown if metric[0] == "AWS/Lambda"}
    assert names == deployed_function_names()
