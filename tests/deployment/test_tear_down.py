"""A stage is removed, with ends in between, and made again with all that it has stored.

One rehearsal for all tests of this file, in a stand-in of its own: each looks at what one moment of it left.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scripts.chalice_config import FUNCTIONS
from scripts.chalice_names import name_of
from scripts.deployment import application, deploy, history, in_use, record, removal, tear_down
from scripts.deployment.lock import key_of
from scripts.deployment.stage import Refused, Stage
from scripts.deployment.verify import Finding, verify
from tests.deployment.conftest import ROOT, pointing_at, running_stand_in
from tests.deployment.stand_in import ACCOUNT
from tests.deployment.stored_world import DATA, KEPT, make_the_rest

pytestmark = pytest.mark.slow

CONFIRMED = ["qa", "--yes", "--account", ACCOUNT]
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
EXECUTION = {
    "execution_id": "exec-1",
    "kind": "EXECUTION",
    "status": "COMPLETED",
    "mode": "DRILL",
    "started_at": "2026-11-01T12:00:00.000000+0000",
    "ended_at": "2026-11-01T13:00:00.000000+0000",
}
PLAN = {"plan_id": "plan-1", "name": "Storefront"}
USER = "ada@example.com"
GROUP = "DRSOperator"
CUTS = (2, 9)
"""After how many deletions of Lambda, IAM, EventBridge and API Gateway a removal ends."""


class Ended(BaseException):
    """What stands for the end of the process."""


@dataclass
class Rehearsal:
    """What was seen at each moment."""

    planned: list[str]
    in_use: dict[str, list[str]] = field(default_factory=dict)
    refused_with: int = -1
    came_into_use: str = ""
    still_callable: bool = False
    cut: list[removal.Made] = field(default_factory=list)
    removed_with: list[int] = field(default_factory=list)
    left: removal.Made | None = None
    stacks: list[str] = field(default_factory=list)
    records: list[str] = field(default_factory=list)
    buckets: list[str] = field(default_factory=list)
    with_data: list[int] = field(default_factory=list)
    without_stacks: list[str] = field(default_factory=list)
    verified: list[Finding] = field(default_factory=list)


@pytest.fixture(scope="module")
def account() -> Iterator[None]:
    with running_stand_in() as endpoint, pointing_at(endpoint):
        yield


@pytest.fixture(scope="module")
def rehearsal(account: None, tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    site = tmp_path_factory.mktemp("site")
    (site / "index.html").write_text("page")
    stage = Stage.of("qa")
    application.deploy_data(stage)
    make_the_rest(stage)
    assert deploy.run(stage, [step for step in deploy.STEPS if step != "data"], site=site) == 0
    store_something(stage)
    seen = Rehearsal(tear_down.plan(stage, data=False))
    try_in_use(stage, seen)
    end_at_every_point(seen)
    seen.removed_with = [tear_down.main(CONFIRMED), tear_down.main(CONFIRMED)]
    look(stage, seen)
    seen.with_data = [tear_down.main([*CONFIRMED, "--data"]), tear_down.main([*CONFIRMED, "--data"])]
    seen.without_stacks = tear_down.plan(Stage.of("qa"), data=True)
    assert deploy.run(Stage.of("qa"), deploy.STEPS, site=site, take_over=True) == 0
    seen.verified = verify(Stage.of("qa"))
    return seen


def store_something(stage: Stage) -> None:
    put(stage, "executions", EXECUTION)
    put(stage, "recovery-plans", PLAN)
    cognito, pool = stage.client("cognito-idp"), stage.outputs["UserPoolId"]
    cognito.admin_create_user(UserPoolId=pool, Username=USER)
    cognito.admin_add_user_to_group(UserPoolId=pool, Username=USER, GroupName=GROUP)


def put(stage: Stage, table: str, item: dict[str, str]) -> None:
    stored = {name: {"S": value} for name, value in item.items()}
    stage.client("dynamodb").put_item(TableName=f"aws-drs-orchestration-{table}-qa", Item=stored)


USES = {
    "runs": ("executions", {**EXECUTION, "execution_id": "exec-2", "status": "PAUSED"}),
    "termination": (
        "executions",
        {
            **EXECUTION,
            "execution_id": "exec-2",
            "termination_queue": "CLEANUP",
            "termination_due_at": "2026-12-01T12:00:00.000000+0000",
        },
    ),
    "instances": (
        "recovery-instances",
        {"account_region": "1#r", "recovery_instance_id": "i-1", "mode": "DRILL", "state": "RUNNING"},
    ),
}


def try_in_use(stage: Stage, seen: Rehearsal) -> None:
    for name, (table, item) in USES.items():
        put(stage, table, item)
        seen.in_use[name] = in_use.why_in_use(stage, NOW)
        if name == "runs":
            seen.refused_with = tear_down.main(CONFIRMED)
            with pytest.raises(Refused) as refused:
                tear_down.tear_down(Stage.of("qa"))
            seen.came_into_use = str(refused.value)
            found = stage.client("lambda").get_function(FunctionName=name_of("execution-handler", "qa"))
            seen.still_callable = "Concurrency" not in found
        keys = {"executions": ("execution_id",), "recovery-instances": ("account_region", "recovery_instance_id")}
        key = {field: {"S": item[field]} for field in keys[table]}
        stage.client("dynamodb").delete_item(TableName=f"aws-drs-orchestration-{table}-qa", Key=key)


def end_at_every_point(seen: Rehearsal) -> None:
    """A process is killed and leaves its lock; others end after a step, or after some deletions."""
    program = (
        "import os; from scripts.deployment import stage, tear_down; "
        "tear_down.tear_down(stage.Stage.of('qa'), lambda step: step == 'starts' and os._exit(9))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=False)
    assert killed.returncode == 9
    stage = Stage.of("qa")
    assert stage.client("s3").get_object(Bucket=stage.bucket, Key=key_of(stage)), "the lock is left"
    for step in ("dashboard", "application"):
        with pytest.raises(Ended):
            tear_down.tear_down(Stage.of("qa"), ending_after(step))
    for cut in CUTS:
        cut_short = Stage.of("qa")
        end_after_deletions(cut_short, cut)
        with pytest.raises(Ended):
            tear_down.tear_down(cut_short)
        seen.cut.append(removal.find(Stage.of("qa"), recorded=record.stored(Stage.of("qa"))))
    for step in ("functions", "record"):
        with pytest.raises(Ended):
            tear_down.tear_down(Stage.of("qa"), ending_after(step))


def ending_after(step: str) -> Any:
    def end(name: str) -> None:
        if name == step:
            raise Ended

    return end


def end_after_deletions(stage: Stage, number: int) -> None:
    made = iter(range(number - 1))

    def count(**_: Any) -> None:
        if next(made, None) is None:
            raise Ended

    for service in ("lambda", "iam", "events", "api-gateway"):
        for operation in ("DeleteFunction", "DeleteLayerVersion", "DeleteRole", "DeleteRolePolicy", "DeleteRule"):
            stage.session.events.register(f"after-call.{service}.{operation}", count)
    stage.session.events.register("after-call.api-gateway.DeleteRestApi", count)


def look(stage: Stage, seen: Rehearsal) -> None:
    """What is left after the removal."""
    seen.left = removal.find(stage, recorded=record.EMPTY)
    names = (stage.dashboard_stack, stage.application_stack, stage.data_stack)
    seen.stacks = [name for name in names if stage.stack(name)]
    listed = stage.client("s3").list_objects_v2(Bucket=stage.bucket)["Contents"]
    seen.records = [each["Key"] for each in listed if each["Key"].startswith(("chalice/", "deployments/", "locks/"))]
    seen.buckets = [each["Name"] for each in stage.client("s3").list_buckets()["Buckets"]]


def test_everything_that_goes_and_everything_that_stays_is_shown_first(rehearsal: Rehearsal) -> None:
    goes, stays = "\n".join(rehearsal.planned).split("Stays:\n")
    for function in FUNCTIONS:
        assert f"function   {name_of(function, 'qa')}\n" in goes
        assert f"role       {name_of(function, 'qa')}\n" in goes
    assert "stack      aws-drs-orchestration-qa (" in goes
    assert "stack      aws-drs-orchestration-dashboard-qa (" in goes
    assert f"bucket     aws-drs-orchestration-dashboard-qa-site, {'with'}" in goes
    assert "REST API   " in goes
    assert "layer      aws-drs-orchestration-managed-layer-qa, version 1\n" in goes
    assert "1 deployment to go back to" in goes
    assert "stack      aws-drs-orchestration-data-qa (" in stays
    assert "DynamoDB::Table aws-drs-orchestration-recovery-plans-qa\n" in stays
    assert f"S3::Bucket aws-drs-orchestration-evidence-qa-{ACCOUNT}, whose objects nobody can delete" in stays
    assert "with all its users and their groups" in stays


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        ("runs", "1 execution (exec-2) run"),
        ("termination", "The instances of 1 execution (exec-2) are being terminated"),
        ("instances", "1 recovery instance (i-1) of drills exist"),
    ],
)
def test_a_stage_that_is_in_use_is_not_removed(rehearsal: Rehearsal, use: str, reason: str) -> None:
    """Any reason refuses the removal, which is tried with the first."""
    reasons = rehearsal.in_use[use]
    assert rehearsal.refused_with == 2
    assert len(reasons) == 1
    assert reasons[0].startswith(reason)


def test_a_start_after_the_confirmation_stops_the_removal_and_starts_are_allowed_again(rehearsal: Rehearsal) -> None:
    assert rehearsal.came_into_use.startswith("qa is in use, so nothing was removed.")
    assert rehearsal.still_callable


def test_a_removal_can_be_repeated_after_an_end_at_any_point(rehearsal: Rehearsal) -> None:
    counts = [len(list(m.lines())) for m in rehearsal.cut]
    assert counts == sorted(counts, reverse=True)
    assert len(set(counts)) == len(CUTS)
    assert counts[-1] > 0
    assert rehearsal.removed_with == [0, 0]


def test_nothing_of_the_stage_is_left_but_its_data(rehearsal: Rehearsal) -> None:
    assert rehearsal.left is not None
    assert not rehearsal.left
    assert rehearsal.stacks == ["aws-drs-orchestration-data-qa"]
    assert rehearsal.records == []
    assert not any("dashboard" in name for name in rehearsal.buckets)
    assert any("evidence" in name for name in rehearsal.buckets)


def test_the_data_stack_goes_only_when_it_is_named_and_what_remains_is_said(rehearsal: Rehearsal) -> None:
    assert rehearsal.with_data == [0, 0]
    goes, stays = "\n".join(rehearsal.without_stacks).split("\nStays:\n")
    assert goes == "Goes:\n  nothing"
    tables = [name for name in KEPT if DATA[name]["Type"] == "AWS::DynamoDB::Table"]
    assert stays.count("DynamoDB::Table") == len(tables)
    assert stays.count("KMS::Key") == 1
    assert stays.count("UserPoolGroup") == 6


def test_a_stage_that_is_made_again_has_all_that_was_stored(rehearsal: Rehearsal) -> None:
    assert [line for right, line in rehearsal.verified if not right] == []
    stage = Stage.of("qa")
    tables = stage.client("dynamodb")
    for table, item in (("executions", EXECUTION), ("recovery-plans", PLAN)):
        (found,) = tables.scan(TableName=f"aws-drs-orchestration-{table}-qa")["Items"]
        assert {name: value["S"] for name, value in found.items()} == item
    pool = stage.outputs["UserPoolId"]
    groups = stage.client("cognito-idp").admin_list_groups_for_user(UserPoolId=pool, Username=USER)["Groups"]
    assert [group["GroupName"] for group in groups] == [GROUP]
    assert len(history.listed(stage)) == 1, "nothing goes back to a deployment that was removed"


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({}, True),
        ({"mode": "RECOVERY"}, False),
        ({"ended_at": "2026-11-27T11:00:00.000000+0000"}, False),
        ({"termination_ended_at": "2026-11-27T11:59:00.000000+0000"}, False),
    ],
)
def test_a_drill_that_has_just_ended_may_have_instances_that_no_sync_has_seen(
    rehearsal: Rehearsal, change: dict[str, str], counts: bool
) -> None:
    stage = Stage.of("qa")
    began, ended = (NOW - timedelta(minutes=minutes) for minutes in (40, 5))
    times = {"started_at": began.strftime(in_use.TIME), "ended_at": ended.strftime(in_use.TIME)}
    put(stage, "executions", {**EXECUTION, "execution_id": "exec-3", **times, **change})
    reasons = in_use.why_in_use(stage, NOW)
    key = {"execution_id": {"S": "exec-3"}}
    stage.client("dynamodb").delete_item(TableName="aws-drs-orchestration-executions-qa", Key=key)
    assert bool(reasons) == counts
    assert all(reason.startswith("1 drill (exec-3) ended less than 30 minutes ago") for reason in reasons)


def test_a_removal_is_refused_until_it_is_confirmed(rehearsal: Rehearsal, capsys: pytest.CaptureFixture[str]) -> None:
    assert tear_down.main(["qa"], lambda _: "yes") == 2
    assert "was not confirmed" in capsys.readouterr().err
    assert tear_down.main(["qa", "--list"], lambda _: pytest.fail("asked")) == 0
    assert tear_down.main(["qa", "--yes", "--account", "999999999999"]) == 2
    assert f"are of account {ACCOUNT}, not of 999999999999" in capsys.readouterr().err
    application.deploy_data(Stage.of("prod"))
    assert tear_down.main(["prod"], lambda _: "prod") == 2
    assert "--remove-production" in capsys.readouterr().err


def test_yes_needs_the_account_that_is_meant() -> None:
    with pytest.raises(SystemExit):
        tear_down.main(["qa", "--yes"])


def test_a_name_of_another_stage_is_never_removed(rehearsal: Rehearsal) -> None:
    other = {"name": "x", "resource_type": "lambda_function", "lambda_arn": f"arn:aws:lambda:r:{ACCOUNT}:function:"}
    recorded = {"resources": [{**other, "lambda_arn": f"{other['lambda_arn']}aws-drs-orchestration-x-prod"}]}
    assert list(removal._recorded(Stage.of("qa"), recorded)) == []
    recorded = {"resources": [{**other, "lambda_arn": f"{other['lambda_arn']}aws-drs-orchestration-former-qa"}]}
    assert list(removal._recorded(Stage.of("qa"), recorded)) == ["aws-drs-orchestration-former-qa"]
