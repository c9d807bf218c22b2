"""Waves with actions and validations that pass, fail, are passed over or die."""

import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from local.client_hooks import Crash
from local.cloud import LocalCloud
from tests.waiting import eventually
from tests.workflow.drills import Drills, Run

FINAL = {"COMPLETED", "PARTIAL", "FAILED", "CANCELLED", "TIMED_OUT"}


class Site:
    """A real server on loopback that answers with ``status`` and keeps its requests."""

    ANSWER = b'{"state": "up", "secret": {"hunter2": true}}'

    def __init__(self) -> None:
        self.status, self.requests = 200, list[str]()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.requests.append(f"{self.command} {self.path}")
                self.send_response(site.status)
                self.end_headers()
                self.wfile.write(site.ANSWER)

            do_POST = do_GET  # noqa: N815 — the name that http.server calls

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def step(self, **fields: Any) -> dict[str, Any]:
        return {
            "type": "HTTP",
            "name": "Site answers",
            "url": f"http://127.0.0.1:{self.port}/health",
            "timeoutSeconds": 1,
            **fields,
        }


@pytest.fixture
def site(drills: Drills) -> Iterator[Site]:
    drills.allow("127.0.0.0/8")
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


def run_to_end(drills: Drills, plan_id: str) -> Run:
    execution_id = drills.start(plan_id)
    eventually(
        lambda: drills.query("get_execution", executionId=execution_id)["execution"]["status"] in FINAL, every=0.2
    )
    return Run(drills, execution_id)


def statuses(run: Run) -> set[str]:
    return {server["status"] for server in run.servers.values()}


def test_a_wave_is_complete_when_its_validations_have_passed(drills: Drills, site: Site) -> None:
    steps = {
        "preActions": [site.step(name="Announce", method="POST")],
        "postActions": [{"type": "SSM_COMMAND", "name": "Warm up", "commands": ["echo warm"]}],
        "validations": [
            {"type": "EC2_STATUS", "name": "Instances ok"},
            {"type": "TCP", "name": "Port open", "host": "127.0.0.1", "port": site.port},
            site.step(),
        ],
    }
    run = run_to_end(drills, drills.plan({"servers": drills.servers(2), **steps}))
    assert (run.status, run.wave_statuses, statuses(run)) == ("COMPLETED", ["COMPLETED"], {"VALIDATED"}), run.reason
    order = [event["details"]["step"] for event in run.kinds("STEP_STARTED")]
    assert order == ["Announce", "Warm up", "Instances ok", "Port open", "Site answers"]
    kinds = [event["kind"] for event in run.events]
    assert kinds.index("STEP_ENDED") < kinds.index("JOB_STARTED"), "a pre-action comes before the first launch"
    assert site.requests == ["POST /health", "GET /health"]
    outputs = [event["details"]["output"] for event in run.kinds("STEP_ENDED")]
    answered = site.ANSWER
    assert outputs[0] == f"HTTP 200, {len(answered)} bytes, SHA-256 {hashlib.sha256(answered).hexdigest()}."
    assert "hunter2" not in json.dumps(run.events), "nothing of the answer is shown"


def test_a_step_to_a_host_that_is_no_longer_allowed_fails_at_once_and_sends_nothing(drills: Drills, site: Site) -> None:
    plan_id = drills.plan({"servers": drills.servers(), "preActions": [site.step(timeoutSeconds=3_600)]})
    drills.allow()
    run = run_to_end(drills, plan_id)
    assert (run.status, run.wave_statuses, site.requests) == ("FAILED", ["FAILED"], [])
    (ended,) = run.kinds("STEP_ENDED")
    assert "which is not allowed" in ended["details"]["output"]
    assert "PUT /config/outgoing-hosts" in ended["details"]["output"]


def test_a_failed_pre_action_fails_the_wave_and_launches_nothing(drills: Drills, site: Site) -> None:
    site.status = 500
    run = run_to_end(drills, drills.plan({"servers": drills.servers(), "preActions": [site.step(method="POST")]}))
    assert (run.status, run.wave_statuses, run.jobs) == ("FAILED", ["FAILED"], [])
    assert "Site answers" in run.waves[1]["outcomeReason"]
    assert site.requests == ["POST /health"], "a request that is not a read is sent once"


def test_a_validation_that_never_passes_fails_the_wave(drills: Drills, site: Site) -> None:
    site.status = 503
    run = run_to_end(drills, drills.plan({"servers": drills.servers(), "validations": [site.step()]}))
    assert (run.status, run.wave_statuses, statuses(run)) == ("PARTIAL", ["FAILED"], {"LAUNCHED"})
    assert "timed out" in run.waves[1]["outcomeReason"]
    assert len(site.requests) > 1, "a read is repeated until the time is up"


def test_a_failed_optional_step_is_reported_and_passed_over(drills: Drills, site: Site) -> None:
    site.status = 500
    steps = {"preActions": [site.step(optional=True)], "validations": [site.step(name="Nice to have", optional=True)]}
    run = run_to_end(drills, drills.plan({"servers": drills.servers(), **steps}))
    assert (run.status, statuses(run)) == ("COMPLETED", {"VALIDATED"}), run.waves[1]["outcomeReason"]
    assert [event["details"]["status"] for event in run.kinds("STEP_ENDED")] == ["TIMED_OUT", "TIMED_OUT"]


def test_a_check_that_raises_ends_with_its_reason_and_does_not_take_the_wave_down(
    drills: Drills, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, *given: Any, **more: Any) -> Any:
        if host == "db.example":
            raise RecursionError("maximum recursion depth exceeded")
        return real(host, *given, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    check = {"type": "TCP", "name": "Database", "host": "db.example", "port": 5432, "timeoutSeconds": 1}
    drills.allow(hosts=["db.example"])
    run = run_to_end(drills, drills.plan({"servers": drills.servers(), "validations": [{**check, "optional": True}]}))
    assert (run.status, statuses(run)) == ("COMPLETED", {"VALIDATED"}), run.reason
    (ended,) = run.kinds("STEP_ENDED")
    assert ended["details"]["status"] == "TIMED_OUT"
    assert "RecursionError: maximum recursion depth exceeded" in ended["details"]["output"]


def test_a_step_whose_task_died_between_claim_and_act_is_not_run_again(drills: Drills, cloud: LocalCloud) -> None:
    cloud.runtime.crashes.add(Crash(function="execution-handler", service="ssm", operation="SendCommand"))
    command = {"type": "SSM_COMMAND", "name": "Once", "commands": ["echo once"]}
    run_id = drills.start(drills.plan({"servers": drills.servers(), "postActions": [command], "timeoutMinutes": 1}))
    eventually(lambda: not cloud.runtime.crashes.pending)
    drills.ask("execution-handler", "cancel_execution", executionId=run_id)
    eventually(lambda: drills.query("get_execution", executionId=run_id)["execution"]["status"] in FINAL, every=0.2)
    run = Run(drills, run_id)
    assert run.wave_statuses == ["CANCELLED"]
    assert len(run.kinds("STEP_STARTED")) == 1
    sent = cloud.client("ssm", account="222233334444", region="us-east-1").list_commands()["Commands"]
    assert not [command for command in sent if run_id in command["Comment"]]
