"""Steps: problems are reported by field, hostile addresses refused, and output masked."""

from typing import Any

import pytest

from chalicelib.calls.decoding import decode
from chalicelib.domain.access.masking import MAX_OUTPUT_BYTES, mask_output
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.plans.plans import PlanContent, plan_problems
from chalicelib.probes.addresses import Refused, resolve
from chalicelib.probes.attempts import try_http


def _content(**steps: Any) -> dict[str, Any]:
    return {"name": "Plan", "waves": [{"number": 1, "name": "One", "protectionGroupIds": ["pg-1"], **steps}]}


def _problems(**steps: Any) -> dict[str, str]:
    content = decode(PlanContent, _content(**steps))
    return {problem.field: problem.message for problem in plan_problems(content, ["pg-1"])}


@pytest.mark.parametrize(
    ("step", "field"),
    [
        ({"type": "HTTP", "url": "ftp://host/"}, ".url"),
        ({"type": "HTTP", "url": "http://169.254.169.254/latest/meta-data"}, ".url"),
        ({"type": "HTTP", "url": "http://user:secret@host/"}, ".url"),
        ({"type": "HTTP", "url": "http://host/", "expectedStatus": 99}, ".expectedStatus"),
        ({"type": "TCP", "port": 0}, ".port"),
        ({"type": "TCP", "port": 1, "host": "fe80::1"}, ".host"),
        ({"type": "LAMBDA", "function": "another-function"}, ".function"),
        ({"type": "LAMBDA", "function": "dr-step-x", "timeoutSeconds": 61}, ".timeoutSeconds"),
        ({"type": "SSM_AUTOMATION", "document": "AWS-StopEC2Instance"}, ".document"),
        ({"type": "SSM_COMMAND"}, ""),
        ({"type": "SSM_COMMAND", "commands": ["true"], "document": "dr-step-x"}, ""),
        ({"type": "EC2_STATUS", "name": " "}, ".name"),
        ({"type": "EC2_STATUS", "timeoutSeconds": 0}, ".timeoutSeconds"),
    ],
)
def test_problems_of_a_step_are_reported_by_field(step: dict[str, Any], field: str) -> None:
    assert f"waves[0].validations[0]{field}" in _problems(validations=[{"name": "Step", **step}])


def test_steps_on_instances_cannot_come_before_the_launches() -> None:
    problems = _problems(preActions=[{"type": "EC2_STATUS", "name": "Too early"}])
    assert "do not exist before the wave launches" in problems["waves[0].preActions[0]"]


def test_all_misspelt_steps_are_reported_at_once() -> None:
    steps = [{"type": "SMTP", "name": "a"}, {"type": "TCP", "name": "b", "prot": 1}, {"type": "EC2_STATUS"}]
    with pytest.raises(InvalidRequest) as refusal:
        decode(PlanContent, _content(validations=steps))
    fields = {problem.field.removeprefix("waves[0].validations") for problem in refusal.value.problems}
    assert fields == {"[0].type", "[1].prot", "[1].port", "[2].name"}


@pytest.mark.parametrize("host", ["169.254.169.254", "0.0.0.0", "::ffff:169.254.169.254", "2852039166", "224.0.0.1"])
def test_steps_never_reach_addresses_that_serve_credentials(host: str) -> None:
    with pytest.raises(Refused):
        resolve(host, 80, loopback_allowed=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_for_the_local_stage_only(host: str) -> None:
    with pytest.raises(Refused):
        resolve(host, 80, loopback_allowed=False)
    attempt = try_http(
        f"http://[{host}]/" if ":" in host else f"http://{host}/",
        method="GET",
        expected_status=200,
        limit_seconds=1,
        loopback_allowed=False,
    )
    assert not attempt.passed
    assert not attempt.sent


@pytest.mark.parametrize(
    "text", ['{"password": "hunter2"}', "TOKEN=hunter2", "Authorization: Bearer hunter2", "db_secret: 'hunter2'"]
)
def test_output_is_masked(text: str) -> None:
    assert "hunter2" not in mask_output(text)


@pytest.mark.parametrize("text", ["ä", "token", "token ", "-----BEGIN ", "password=", "x" * 500 + "-password: "])
def test_output_is_cut_whatever_it_repeats(text: str) -> None:
    """Output is not trusted, and a pattern that takes minutes on some text would stop the function."""
    assert len(mask_output(text * 10_000).encode()) <= MAX_OUTPUT_BYTES
