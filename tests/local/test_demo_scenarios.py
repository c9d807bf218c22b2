"""The demonstration's scenarios as seen by a person at a terminal or by a pipeline.

Each is checked against DRS, EC2 and the leases (tests/local/test_demo_verification.py) and exits with 0 only if all
checks passed; the tests here look at its output.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeAlias

import pytest

from tests.local.conftest import REPOSITORY, local_environment
from tests.local.demo_command import demos_command
from tests.local.test_demo import FAST, Shown

# Against what hangs: a test waits for its scenario and for those that are played before it.
LIMIT_SECONDS = 1_800
pytestmark = [pytest.mark.slow, pytest.mark.timeout(LIMIT_SECONDS)]

# A wave takes some seconds at any speed, because the orchestrator polls as it does in AWS.
SPEED = ("--speed", "600")
OTHER_SPEEDS = {"cancel": ("--speed", "120"), "failures": FAST}
"""The cancellation has to arrive while DRS still launches, however busy the machine is."""
SCENARIOS = (
    "crash",
    "approval",
    "decision",
    "cancel",
    "preemption",
    "failback",
    "drill-over-recovery",
    "new-account",
    "drifted-settings",
    "failures",
    "full-region",
)
AT_ONCE = 3

Played: TypeAlias = Callable[[str], tuple[Shown, Any]]


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Returns what a scenario printed, and its JSON object.

    A scenario mostly waits, so several are played at the same time, each process one after the other. Each is played by
    one test process for all.
    """
    mine = tmp_path_factory.getbasetemp()
    # Next to the folders of the other test processes, if there are any.
    shared = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine
    to_play = SimpleQueue[str]()
    for name in SCENARIOS:
        if _is_first(shared / f"{name}.claimed"):
            to_play.put(name)
    stages = [Stage(shared, to_play) for _ in range(min(AT_ONCE, to_play.qsize()))]
    yield lambda name: _wait_for(_result_file(shared, name), name)
    for stage in stages:
        stage.close()


class Stage:
    """A process that plays scenarios one after the other, as long as there are any."""

    def __init__(self, shared: Path, to_play: "SimpleQueue[str]") -> None:
        self._shared, self._to_play = shared, to_play
        self._process = subprocess.Popen(
            demos_command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            env=local_environment(),
        )
        self._thread = Thread(target=self._play_all)
        self._thread.start()

    def close(self) -> None:
        """Waits for what is still played: another test process may wait for it."""
        self._thread.join(LIMIT_SECONDS)
        self._process.kill()
        self._process.communicate()

    def _play_all(self) -> None:
        while True:
            try:
                name = self._to_play.get_nowait()
            except Empty:
                return
            written = self._shared / f"{name}.tmp"
            written.write_text(json.dumps(asdict(self._play(name))))
            written.rename(_result_file(self._shared, name))

    def _play(self, name: str) -> Shown:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        arguments = ["--scenario", name, "--exit", "--json", *OTHER_SPEEDS.get(name, SPEED)]
        try:
            self._process.stdin.write(json.dumps([arguments, ""]) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            return Shown(-1, "", f"The process of the scenarios has ended: {error}")
        answer = self._process.stdout.readline()
        return Shown(**json.loads(answer)) if answer else Shown(-1, "", "The process of the scenarios has ended.")


def _is_first(claim: Path) -> bool:
    try:
        claim.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _result_file(shared: Path, name: str) -> Path:
    return shared / f"{name}.json"


def _wait_for(file: Path, name: str) -> tuple[Shown, Any]:
    while not file.exists():
        time.sleep(0.2)
    shown = Shown(**json.loads(file.read_text()))
    assert shown.status == 0, shown.out + shown.err
    assert shown.err == ""
    assert "All checks passed." in shown.out
    assert "Leases still held: none." in shown.out
    result = shown.last_line
    assert result["scenario"] == name
    return shown, result


def require_in_order(shown: Shown, *texts: str) -> None:
    rest = shown.out
    for text in texts:
        before, found, rest = rest.partition(text)
        assert found, f"{text!r} is missing after: {before[:200]}"


def statuses(result: Any) -> list[str]:
    return [wave["outcome"] for wave in result["waves"]]


def test_a_recovery_is_paused_and_resumed_and_approved_by_a_second_person(played: Played) -> None:
    shown, result = played("approval")
    assert (result["outcome"], statuses(result)) == ("COMPLETED", ["COMPLETED", "COMPLETED"])
    require_in_order(
        shown,
        "» operator: pause the RECOVERY",
        "« Paused. 1 DRS job cannot be stopped and runs to the end. 1 wave not started. Nothing new starts",
        "Wave 1 'database' is COMPLETED.",
        "» operator: resume the RECOVERY",
        "« Running. 1 wave not started; each starts once the waves that it depends on have ended. "
        "1 of them also needs an approval.",
        "Wave 2 'app' is ready to start and needs an approval.",
        "» operator: approve wave 2 'app'",
        "« refused: This requires the permission 'approve', which these roles have: ",
        "» recovery manager: approve wave 2 'app'",
        "Wave 2 'app' was approved by recovery-manager@example.com. The databases are consistent.",
        "Wave 2 'app' starts: 2 servers.",
    )
    # The state machine may be faster than the answer.
    assert any(f"« Wave 2 {state}." in shown.out for state in ("starts now", "is EXECUTING"))


def test_an_operator_retries_one_failed_wave_and_skips_the_other(played: Played) -> None:
    shown, result = played("decision")
    assert (result["outcome"], statuses(result)) == ("COMPLETED", ["COMPLETED", "COMPLETED", "SKIPPED"])
    assert result["evidence"] == {
        "launches": 8,
        "serversLaunchedByDrs": 7,
        "mostLaunchesOfAServer": 2,
        "instancesLeft": 6,
        "leasesLeft": 0,
    }
    require_in_order(
        shown,
        "Wave 1 'app' needs a decision. 1 CRITICAL server did not launch: shop-app-2.",
        "» operator: retry wave 1 'app'",
        "« Attempt 2 begins: 1 server to launch. Servers that launched stay as they are.",
        "Wave 1 'app' is COMPLETED. 3 of 3 servers launched.",
    )
    require_in_order(
        shown, "» operator: skip wave 3 'reporting'", "« Wave 3 is SKIPPED.", "Wave 3 skipped by an operator"
    )


def test_a_cancelled_drill_ends_with_its_jobs_and_leaves_no_instance(played: Played) -> None:
    shown, result = played("cancel")
    assert (result["outcome"], statuses(result)) == ("CANCELLED", ["COMPLETED", "COMPLETED", "CANCELLED"])
    assert (result["evidence"]["launches"], result["evidence"]["instancesLeft"]) == (8, 0)
    require_in_order(
        shown,
        "» operator: cancel the DRILL",
        "« Cancelling. 2 DRS jobs cannot be stopped and run to the end. No other wave starts. "
        "3 servers launched so far; instances stay until they are terminated.",
        "« refused: The execution is CANCELLING. Its instances can be terminated after it has ended. Wait until",
        "Wave 2 'app' is COMPLETED.",
        "is CANCELLED. Cancelled; 8 of 10 servers had launched.",
        "» recovery manager: terminate the instances of the DRILL",
        "« DRS is terminating 8 instances in 2 account/Region pairs.",
        "8 of 8 instances terminated.",
    )


def test_a_drill_survives_crashes_around_two_launches_and_the_loss_of_its_state_machine(played: Played) -> None:
    shown, result = played("crash")
    assert (result["outcome"], statuses(result)) == ("COMPLETED", ["COMPLETED"] * 3)
    assert (result["evidence"]["launches"], result["evidence"]["mostLaunchesOfAServer"]) == (8, 1)
    # Crashes are printed with the next look, which may come after the events that they cause.
    assert "✗ happened: execution-handler crashes after AWS has processed its call to drs:StartRecovery" in shown.out
    assert "✗ happened: execution-handler crashes before its call to drs:StartRecovery reaches AWS" in shown.out
    require_in_order(
        shown,
        "except for LAUNCH_TIMEOUT_SECONDS=6, CLAIM_SETTLE_SECONDS=1.",
        "Wave 1: The answer of DRS was lost, but DRS has job ",
        "Wave 2: The launch of 2 servers in 222233334444/us-east-1 was requested but not confirmed.",
        "Wave 2: The launch of 2 servers in 222233334444/us-east-1 never reached DRS",
        "Wave 2: DRS took job ",
        "is stopped from outside",
        "Its state machine ended before the execution did. It is started again as exec-",
        "Wave 3 'web' is COMPLETED.",
    )


def test_a_recovery_takes_over_the_servers_of_a_drill(played: Played) -> None:
    shown, drill = played("preemption")
    [recovery] = drill["otherRuns"]
    assert (drill["outcome"], statuses(drill)) == ("CANCELLED", ["COMPLETED", "CANCELLED"])
    assert (recovery["outcome"], statuses(recovery)) == ("COMPLETED", ["COMPLETED", "COMPLETED"])
    assert (drill["evidence"]["launches"], drill["evidence"]["instancesLeft"]) == (3, 0)
    assert (recovery["evidence"]["launches"], recovery["evidence"]["instancesLeft"]) == (5, 5)
    require_in_order(
        shown,
        "» operator: start a RECOVERY of the plan",
        f"« RECOVERY {recovery['executionId']} is started. It cancelled {drill['executionId']}.",
        f"The execution is being cancelled by operator@example.com: pre-empted by RECOVERY {recovery['executionId']}.",
        "» plan manager: start a DRILL of the plan",
        "(AlreadyRunning, HTTP 409)",
        f"Now following RECOVERY {recovery['executionId']} from its start:",
        "was cancelled for this recovery. Servers that are still in its DRS jobs are launched after these jobs",
        "Wave 2 'app' is COMPLETED. 2 of 2 servers launched.",
        "» recovery manager: terminate the instances of the DRILL",
        "3 of 3 instances terminated.",
    )


def test_recovered_servers_are_failed_back_to_their_origin_and_protected_again(played: Played) -> None:
    shown, recovery = played("failback")
    assert (recovery["outcome"], recovery["evidence"]["instancesLeft"]) == ("COMPLETED", 3)
    require_in_order(
        shown,
        "» operator: reverse the replication of the recovered servers, back to their origin",
        "« Reverse replication: 3 servers: 3 STARTED.",
        "« 3 servers: 3 FAILBACK_READY_FOR_LAUNCH (replication CONTINUOUS)",
        "» operator: stop the failback",
        "« refused: DRS stops only failbacks that use a failback client.",
        "» operator: launch the servers at their origin",
        "« Failback launch at the origin: 3 servers: 3 STARTED.",
        "« 3 servers: 3 FAILBACK_COMPLETED (replication CONTINUOUS)",
        "» operator: reverse the replication of the instances at the origin, so that they are protected again",
        "« Next: It is protected again.",
        "Failed back: 3 servers launched at the origin, 3 protected again; "
        "recovery instances show FAILBACK_READY_FOR_LAUNCH.",
    )


def test_a_drill_over_a_living_recovery_is_refused_and_a_recovery_that_is_told_so_replaces_it(played: Played) -> None:
    shown, first = played("drill-over-recovery")
    [second] = first["otherRuns"]
    assert [(run["outcome"], statuses(run)) for run in (first, second)] == [("COMPLETED", ["COMPLETED"])] * 2
    assert (first["evidence"]["launches"], first["evidence"]["instancesLeft"]) == (5, 0)
    assert (second["evidence"]["launches"], second["evidence"]["instancesLeft"]) == (5, 5)
    require_in_order(
        shown,
        "» operator: start a DRILL of the plan",
        f"by execution {first['executionId']}). Any new launch of the server ends that instance. Nothing was started.",
        "A drill cannot replace it. (PreflightBlocked, HTTP 422)",
        f"» check: EC2 has 5 instances of RECOVERY {first['executionId']}",
        "» operator: start a RECOVERY of the plan  ",
        "with the plan's name there for all servers. (PreflightBlocked, HTTP 422)",
        "» operator: start a RECOVERY of the plan that replaces the earlier instances",
        f"« RECOVERY {second['executionId']} is started.",
        "As requested, 5 instances of earlier recoveries will be replaced: i-",
        f"» check: EC2 has 0 instances of RECOVERY {first['executionId']}",
    )


def test_a_new_account_is_registered_validated_repaired_and_drilled(played: Played) -> None:
    shown, result = played("new-account")
    assert (result["outcome"], result["evidence"]["instancesLeft"]) == ("COMPLETED", 5)
    require_in_order(
        shown,
        "» orchestration admin: register account 333344445555",
        "« 'Stock' is registered, with the roles of its stack.",
        "« Not usable. READ role: ROLE_NOT_ASSUMABLE. The role ",
        "« Remedy: STS does not say which of these is wrong",
        "» orchestration admin: update the account",
        "« Usable. Tried with both roles: assume the role, describe source servers us-west-2",
        "Inventory sync COMPLETED: 28 source servers found.",
        "« The inventory has 13 servers of account 333344445555.",
        "Created 2 protection groups in 1 account (2 by tags, 0 by server list)",
        "The DRILL of 'Stock, first drill' is COMPLETED.",
    )


def test_settings_that_someone_edited_in_aws_are_found_by_field_and_repaired_before_the_drill(played: Played) -> None:
    shown, result = played("drifted-settings")
    assert (result["outcome"], result["evidence"]["launches"]) == ("COMPLETED", 3)
    require_in_order(
        shown,
        "» plan manager: apply the launch settings of the plan's groups",
        "« SETTINGS_DRIFTED: no server.",
        "✗ someone edits shop-web-1 in AWS: InstanceType=t3.small",
        "« 1 server has the wanted launch settings. The launch settings of 2 servers were changed in AWS",
        "« shop-web-1: instanceType is t3.small and should be c5.large; monitoring is false and should be true.",
        "« shop-web-2: targetInstanceTypeRightSizingMethod is BASIC and should be NONE.",
        "« SETTINGS_DRIFTED: shop-web-1, shop-web-2.",
        "« 3 servers have the wanted launch settings.",
        "« SETTINGS_DRIFTED: no server.",
        "» check: the instances in EC2 are: shop-web-1 c5.large, shop-web-2 c5.large, shop-web-3 c5.large",
    )


def test_failing_servers_and_throttling_end_as_partial_and_never_as_completed(played: Played) -> None:
    shown, result = played("failures")
    assert result["outcome"] == "PARTIAL"
    assert [wave["outcome"] for wave in result["waves"]] == ["COMPLETED", "FAILED", "CANCELLED", "COMPLETED"]
    assert "FAILED shop-app-2 (CRITICAL, wave 2): " in shown.out
    assert "FAILED report-desk-1 (OPTIONAL, wave 4): " in shown.out
    assert "InsufficientInstanceCapacity" in shown.out
    assert "Throttl" in shown.out
    assert result["evidence"]["mostLaunchesOfAServer"] == 1


@pytest.mark.timeout(900)
def test_where_quotas_bind_the_urgent_recovery_goes_first_and_the_drill_last(played: Played) -> None:
    shown, first = played("full-region")
    assert [run["outcome"] for run in (first, *first["otherRuns"])] == ["COMPLETED"] * 3
    assert [run["evidence"]["mostLaunchesOfAServer"] for run in (first, *first["otherRuns"])] == [1, 1, 1]
    require_in_order(
        shown,
        "✗ another team has 20 jobs in progress in 222233334444/us-east-1",
        "» operator: start a RECOVERY of 'Shop data'",
        "» plan manager: start a DRILL of 'Application test'",
        "» check: what does data wait for?",
        "The DRS quotas in 222233334444/us-east-1 are used up.",
        "» check: what does RECOVERY wait for?",
        "behind wave 1 'database' of the RECOVERY of 'Shop data'.",
        "» check: what does DRILL wait for?",
        "behind wave 1 'database' of the RECOVERY of 'Shop data' and 1 more wave.",
        "✗ 1 job of the other team ends",
        "» check: DRS got their jobs in this order: data, RECOVERY, DRILL",
    )
