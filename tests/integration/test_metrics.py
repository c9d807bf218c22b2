"""The metrics that the query side publishes by schedule: its own function, with its own policy."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.estate.figures import FigureName
from chalicelib.domain.estate.measures import UNITS
from chalicelib.domain.runs.records import ExecutionStatus, Mode
from chalicelib.store.reads.estate.syncs import find_newest_runs
from chalicelib.store.tables.figures import FiguresItem
from chalicelib.store.tables.runs import WAVE_RUNS, ExecutionItem, WaveRunItem
from local.aws_calls import AwsCall
from local.cloud import LocalCloud
from tests.unit.domain.records import a_wave

from .conftest import EAST, REGION_OF
from .test_dashboard import stored

__all__ = ["stored"]


@dataclass(frozen=True)
class Round:
    """One run of the function: the lines of its log that CloudWatch makes metrics of, and its answer."""

    lines: list[dict[str, Any]]
    missing: dict[str, str]

    def values(self, **of: str) -> Mapping[str, int]:
        """The values with exactly these dimensions beside the stage."""
        found: dict[str, int] = {}
        for line in self.lines:
            (declared,) = line["_aws"]["CloudWatchMetrics"]
            dimensions = set(declared["Dimensions"][0]) - {"Stage"}
            if dimensions == set(of) and all(line[name] == value for name, value in of.items()):
                found |= {metric["Name"]: line[metric["Name"]] for metric in declared["Metrics"]}
        return found


Publish = Callable[[], Round]


@pytest.fixture
def publish(cloud: LocalCloud, capsys: pytest.CaptureFixture[str]) -> Publish:
    """Runs the scheduled function."""

    def run() -> Round:
        capsys.readouterr()
        result = cloud.scheduler.run_now("metrics")
        assert result.function_error is None, result.payload
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
        return Round(lines, result.value["body"]["missing"])

    return run


def test_the_schedule_publishes_every_part(cloud: LocalCloud, stored: Callable[..., Any], publish: Publish) -> None:
    cloud.scheduler.run_now("inventory-sync")
    before = publish().values(Mode="RECOVERY")["ActiveExecutions"]
    run = stored(status=ExecutionStatus.IN_PROGRESS, mode=Mode.RECOVERY)
    wave = a_wave(execution_id=run.execution_id, approval_required=True)
    asked = datetime.now(UTC) - timedelta(minutes=10)
    WAVE_RUNS.to_item(wave, status="AWAITING_APPROVAL", decision_queue="OPEN", decision_since=asked).save()
    after = publish()
    WaveRunItem(execution_id=run.execution_id, wave_number=wave.wave_number).delete()
    place = after.values(AccountId=EAST, Region=REGION_OF[EAST])
    assert set(place) >= {
        "InventoryAge",
        "ReplicationLag",
        "ServersBehind",
        "ReplicatingServers",
        "ReplicatingServersLimit",
    }
    assert after.values(Mode="RECOVERY")["ActiveExecutions"] == before + 1
    assert after.values(Sync="source-server-inventory")["SyncAge"] < 600
    whole = after.values()
    assert set(whole) >= {"CapacityPercent", "UnseenPlaces", "OpenDecisions", "OverdueDrills", "LeftOverInstances"}
    assert whole["MissingParts"] == 0
    assert whole["OpenDecisions"] >= 1
    assert whole["OldestDecisionAge"] >= 600
    assert after.missing == {}


def test_each_value_has_its_unit_and_counts_for_the_stage_too(sync: Callable[[], Any], publish: Publish) -> None:
    sync()
    for line in publish().lines:
        (declared,) = line["_aws"]["CloudWatchMetrics"]
        assert declared["Namespace"] == "DrOrchestration"
        assert ["Stage"] in declared["Dimensions"]
        assert len(declared["Dimensions"]) == len({tuple(each) for each in declared["Dimensions"]})
        for metric in declared["Metrics"]:
            assert metric["Unit"] == UNITS[metric["Name"]]
            assert isinstance(line[metric["Name"]], int)


def test_a_part_that_cannot_be_read_is_missing_and_does_not_take_the_others_with_it(
    sync: Callable[[], Any], stored: Callable[..., Any], publish: Publish
) -> None:
    sync()
    run = stored(status=ExecutionStatus.PAUSED)
    ExecutionItem(execution_id=run.execution_id).update([ExecutionItem.initiated_by.remove()])
    FiguresItem(name=FigureName.DRILLS).update([FiguresItem.value.set("no JSON")])
    after = publish()
    assert set(after.missing) == {"EXECUTIONS", "DRILLS"}
    assert "next sync" in after.missing["DRILLS"]
    assert after.values(Mode="RECOVERY") == {}
    whole = after.values()
    assert whole["MissingParts"] == 2
    assert "OverdueDrills" not in whole
    assert "OpenDecisions" in whole
    assert "LeftOverInstances" in whole
    ExecutionItem(execution_id=run.execution_id).delete()
    sync()


def test_figures_that_were_not_kept_for_long_are_missing_with_their_time(
    sync: Callable[[], Any], publish: Publish
) -> None:
    sync()
    item = FiguresItem.get(FigureName.OUTCOMES)
    long_ago = item.as_of.replace(year=item.as_of.year - 1)
    item.update([FiguresItem.as_of.set(long_ago)])
    after = publish()
    assert f"{long_ago:%Y-%m-%d %H:%M}" in after.missing["LEFT_OVER"]
    assert "LeftOverInstances" not in after.values()
    sync()


def test_it_costs_nine_reads_and_its_audit_entry_whatever_there_is(
    cloud: LocalCloud, sync: Callable[[], Any], stored: Callable[..., Any], publish: Publish
) -> None:
    """And a query for each kind of sync whose newest run has not succeeded."""
    sync()
    for _ in range(3):
        stored(status=ExecutionStatus.IN_PROGRESS)
    calls: list[AwsCall] = []
    stop = cloud.front.observe(lambda call, function: calls.append(call) if function == "metrics" else None)
    publish()
    stop()
    made = Counter(call.operation for call in calls)
    unsuccessful = [run for run in find_newest_runs().values() if run.outcome not in {"COMPLETED", "PARTIAL"}]
    assert made <= Counter({"Query": 5 + len(unsuccessful), "BatchGetItem": 4, "PutItem": 1}), made


def test_the_query_handler_publishes_on_demand(cloud: LocalCloud) -> None:
    answer = cloud.runtime.invoke("query-handler", {"operation": "publish_metrics"}).value
    assert answer["statusCode"] == 200
    assert answer["body"]["published"] > 0
