"""`python -m local.demo` as seen by a person at a terminal or by a pipeline."""

import json
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.local.conftest import REPOSITORY, free_port, local_environment
from tests.local.demo_command import demo_command, demos_command
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.slow

FAST = ("--speed", "3000")


@dataclass(frozen=True)
class Shown:
    status: int
    out: str
    err: str

    @property
    def last_line(self) -> Any:
        return json.loads(self.out.splitlines()[-1])


def demo(*arguments: str) -> Shown:
    done = subprocess.run(
        command(*arguments), capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False, **_RUN_OPTIONS
    )
    return Shown(done.returncode, done.stdout, done.stderr)


def demos(*runs: list[str], interrupted: str = "") -> list[Shown]:
    """What each of several runs printed, one after the other in one process, and that the process ends after them.

    The last one is interrupted when it has printed the text that is given.
    """
    last = len(runs) - 1
    lines = "".join(
        json.dumps([[*FAST, *arguments], interrupted if number == last else ""]) + "\n"
        for number, arguments in enumerate(runs)
    )
    done = subprocess.run(
        demos_command(),
        input=lines,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
        **_RUN_OPTIONS,
    )
    return [Shown(**json.loads(line)) for line in done.stdout.splitlines()]


def command(*arguments: str) -> list[str]:
    return demo_command(*FAST, *arguments)


_RUN_OPTIONS: dict[str, Any] = {"cwd": REPOSITORY, "env": local_environment()}


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **_RUN_OPTIONS
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if text in line:
            return printed
    raise AssertionError(
        f"The program ended without printing {text!r}: {printed}{process.stderr and process.stderr.read()}"
    )


def test_a_profile_of_the_user_that_does_not_exist_is_not_looked_for() -> None:
    environment = {**local_environment(), "AWS_PROFILE": "production"}
    done = subprocess.run(
        command("--help"), capture_output=True, text=True, check=False, cwd=REPOSITORY, env=environment
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "new-account" in done.stdout


def test_own_plans_are_run_or_refused_with_file_and_field_and_an_interruption_in_the_middle_exits_cleanly(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """One process for all: its second local cloud starts in a third of the time."""
    mine, wrong = tmp_path / "mine.json", tmp_path / "wrong.yaml"
    place = {"accountId": "333344445555", "region": "us-west-2"}
    mine.write_text(
        json.dumps(
            {
                "groups": [{"name": "Stores", **place, "hostnames": ["report-store-1"]}],
                "plan": {
                    "name": "Mine",
                    "waves": [{"name": "stores", "protectionGroups": ["Stores"], "approvalRequired": True}],
                },
            }
        )
    )
    wrong.write_text(
        """
        groups:
          - {name: Stores, accountId: "333344445555", region: us-west-2, hostnames: [report-store-1]}
        plan:
          name: Wrong
          rtoMinutes: 0
          waves: [{name: stores, protectionGroups: [Stores], dependsOn: [7], timeoutMinutes: 0}]
        """
    )
    shown, refused, interrupted = demos(
        ["--plan", str(mine), "--exit", "--json"],
        ["--plan", str(wrong), "--exit"],
        ["--exit", "--speed", "10"],
        interrupted="DRS took job",
    )
    with subtests.test("own plan"):
        assert shown.status == 0, shown.out + shown.err
        assert shown.last_line["outcome"] == "COMPLETED"
        assert "was approved by recovery-manager@example.com" in shown.out
    with subtests.test("wrong plan"):
        assert refused.status == 2
        lines = refused.err.splitlines()
        assert all(line.startswith(f"{wrong}: plan.") for line in lines)
        for name in (
            "rtoMinutes (line 6): ",
            "waves[0].dependsOn[0] (line 7): ",
            "waves[0].timeoutMinutes (line 7): ",
        ):
            assert name in refused.err
    with subtests.test("interruption"):
        assert interrupted.status == 130
        assert interrupted.err == "Interrupted before the end of the run. The local cloud has been stopped.\n"


def test_a_drill_of_every_server_is_shown_to_the_end_and_then_the_cloud_stays_open_until_interrupted() -> None:
    port = free_port()
    with running("--json", "--port", str(port)) as process:
        printed = read_until(process, '{"outcome"')
        _require_a_whole_drill(json.loads(printed.splitlines()[-1]))
        for text in (
            "The emulated DRS works 3000 times as fast as in AWS; nothing else is sped up.",
            "Created 7 protection groups in 2 accounts (4 by tags, 3 by server list)",
            "started by operator@example.com",
            "Wave 1 'database' is COMPLETED.",
            "overhead s",
            "28 launches of 28 servers, none more than once; 28 instances in EC2.",
            "Leases still held: none.",
            "All checks passed.",
            "Dashboard     ",
            "lambda invoke",
        ):
            assert text in printed
        api = next(line.split()[-1] for line in printed.splitlines() if line.startswith("REST API"))
        assert f":{port}/" in api
        with urllib.request.urlopen(f"{api}/health", timeout=PATIENCE_SECONDS) as answer:
            assert json.loads(answer.read())["status"] == "ok"
        beside = demo("--port", str(port), "--exit")
        assert beside.status == 2
        assert f"Port {port} is taken." in beside.err
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, out, err) == (0, "", "")


def _require_a_whole_drill(result: Any) -> None:
    assert result.keys() == {"outcome", "executionId", "totalSeconds", "criticalPathSeconds", "waves"}
    assert result["outcome"] == "COMPLETED"
    assert [wave["number"] for wave in result["waves"]] == [1, 2, 3, 4]
    assert sum(wave["serversLaunched"] for wave in result["waves"]) == 28
    assert sum(wave["serversFailed"] for wave in result["waves"]) == 0
    assert result["totalSeconds"] >= result["criticalPathSeconds"] > 0
