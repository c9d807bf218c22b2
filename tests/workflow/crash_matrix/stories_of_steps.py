"""Actions and validations of waves: each is done once, or counts as failed with its outcome unknown."""

from contextlib import suppress
from datetime import UTC, datetime

from pynamodb.exceptions import UpdateError

from chalicelib.store.tables.steps import StepRunItem
from tests.workflow.crash_matrix.stage import Stage
from tests.workflow.crash_matrix.story import SMALL_TRANSACTIONS, Story

STEPS = {
    "preActions": [
        {"type": "SSM_AUTOMATION", "name": "Automation", "document": "dr-step-prepare", "optional": True},
        {"type": "LAMBDA", "name": "Function", "function": "dr-step-unknown-local", "optional": True},
    ],
    "postActions": [{"type": "SSM_COMMAND", "name": "Command", "commands": ["echo once"]}],
    "validations": [{"type": "EC2_STATUS", "name": "Instances ok"}],
}


def a_wave_with_actions_and_validations(stage: Stage) -> None:
    servers = stage.drills.servers(2)
    execution_id = stage.start(stage.plan({"servers": servers, **STEPS}))
    stage.until(lambda: _over(stage, execution_id))
    run = stage.ended(execution_id, "COMPLETED", "PARTIAL", "FAILED")
    sent = [event["details"] for event in run.kinds("STEP_ENDED")]
    unknown = [line for line in sent if line["status"] == "FAILED" and "Outcome unknown" in line["output"]]
    known = {"Automation", "Function"}
    if {line["step"] for line in unknown} <= known:
        assert (run.status, {item["status"] for item in run.servers.values()}) == ("COMPLETED", {"VALIDATED"})
    else:
        assert (run.status, run.wave_statuses) == ("PARTIAL", ["FAILED"])
        assert any("'Command'" in item["error"] for item in run.servers.values())
    commands = stage.drills.cloud.client("ssm", account=servers[0].account, region=servers[0].region)
    mine = [item for item in commands.list_commands()["Commands"] if execution_id in item["Comment"]]
    instances = [instance for item in mine for instance in item["InstanceIds"]]
    assert len(instances) == len(set(instances)), "no instance is given a command twice"
    steps = [event["details"]["step"] for event in run.kinds("STEP_STARTED")]
    assert len(steps) == len(set(steps))


def a_wave_whose_checks_fail_and_are_made_again(stage: Stage) -> None:
    """Servers that run are not launched again, but their checks are repeated."""
    (server,) = stage.drills.servers()
    stage.fail("step_actions>ssm.send_command")
    checks = [{"type": "SSM_COMMAND", "name": "Check", "commands": ["true"], "timeoutSeconds": 1}]
    execution_id = stage.start(stage.plan({"servers": [server], "validations": checks, "onFailure": "PAUSE"}))
    stage.until_wave(execution_id, "AWAITING_DECISION")
    assert stage.look(execution_id).servers[server.server_id]["status"] == "FAILED"
    stage.command("retry_wave", executionId=execution_id, waveNumber=1)
    stage.until(lambda: stage.look(execution_id).waves[1]["attempt"] == 2)
    stage.until_wave(execution_id, "AWAITING_DECISION")
    stage.command("reject_wave", executionId=execution_id, waveNumber=1)
    run = stage.ended(execution_id, "PARTIAL")
    assert len(run.launches_of(server)) == 1
    assert run.servers[server.server_id]["status"] == "FAILED"
    assert [event["details"]["status"] for event in run.kinds("STEP_ENDED")] == ["TIMED_OUT", "TIMED_OUT"]


def a_command_that_cannot_be_sent_at_first(stage: Stage) -> None:
    """It waits and is sent once, or its outcome is unknown and it is never sent again."""
    (server,) = stage.drills.servers()
    stage.fail("step_actions>ssm.send_command")
    command = {"type": "SSM_COMMAND", "name": "Command", "commands": ["echo once"]}
    execution_id = stage.start(stage.plan({"servers": [server], "postActions": [command]}))
    stage.until(lambda: stage.struck or any(item.refusal for item in StepRunItem.query(execution_id)))
    stage.answer_again()
    stage.until(lambda: _over(stage, execution_id))
    run = stage.ended(execution_id, "COMPLETED", "PARTIAL")
    ssm = stage.drills.cloud.client("ssm", account=server.account, region=server.region)
    sent = [item for item in ssm.list_commands()["Commands"] if execution_id in item["Comment"]]
    (ended,) = run.kinds("STEP_ENDED")
    assert len(run.kinds("STEP_WAITING")) <= 1
    if ended["details"]["status"] == "SUCCEEDED":
        assert (run.status, len(sent)) == ("COMPLETED", 1)
    else:
        assert "Outcome unknown" in ended["details"]["output"]
        assert len(sent) <= 1


def a_wave_whose_pre_action_fails(stage: Stage) -> None:
    servers = stage.drills.servers(3)
    step = {"type": "LAMBDA", "name": "Function", "function": "dr-step-unknown-local"}
    run = stage.ended(stage.start(stage.plan({"servers": servers, "preActions": [step]})), "FAILED")
    assert (run.wave_statuses, run.jobs) == (["FAILED"], [])
    assert all("Not launched: " in item["error"] for item in run.servers.values())


def _over(stage: Stage, execution_id: str) -> bool:
    """Claims of functions that died expire; here at once."""
    past = datetime(2020, 1, 1, tzinfo=UTC)
    if stage.struck:
        for item in StepRunItem.query(execution_id):
            if item.status == "RUNNING" and not item.external_id and item.name != "Instances ok":
                with suppress(UpdateError):
                    item.update([StepRunItem.claim_expires_at.set(past)], condition=StepRunItem.status == "RUNNING")
    return stage.has_ended(execution_id)


STORIES = [
    Story(
        a_wave_with_actions_and_validations,
        (
            "steps>waves.mark_validating",
            "steps>waves.mark_validating #3",
            "steps>servers.prove_servers",
            "steps>step_runs.end_step",
            "steps>step_runs.end_step #2",
            "step_actions>ssm.start_automation",
            "step_actions>lambdas.invoke_function",
        ),
        deaths=10,
    ),
    Story(
        a_wave_with_actions_and_validations,
        (
            "steps>step_runs.claim_step",
            "steps>step_runs.record_step_begun",
            "step_actions>ssm.send_command",
        ),
        deaths=2,
    ),
    Story(
        a_wave_whose_checks_fail_and_are_made_again,
        (
            "steps>servers.fail_launched_servers",
            "decisions>retries.open_next_attempt",
        ),
    ),
    Story(
        a_command_that_cannot_be_sent_at_first,
        ("steps>step_runs.record_step_refused", "steps>step_runs.claim_step_again"),
        deaths=1,
    ),
    Story(
        a_wave_whose_pre_action_fails,
        ("steps>servers.close_servers", "steps>servers.close_servers #2"),
        settings=SMALL_TRANSACTIONS,
    ),
]
