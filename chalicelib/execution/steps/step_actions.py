"""Carries out claimed steps: commands, automations, functions and probes. Decides nothing about the wave."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from ...aws.actions.steps.lambdas import invoke_function
from ...aws.actions.steps.ssm import INSTANCES_PER_COMMAND, send_command, start_automation
from ...aws.reads.steps.instances import find_private_addresses
from ...domain.access.context import CallContext
from ...domain.attempts import Attempt
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.servers import OperatingSystem
from ...domain.plans.steps import (
    ADDRESS,
    HttpProbe,
    InvokeLambda,
    SsmAutomation,
    SsmCommand,
    Step,
    TcpProbe,
    may_be_tried_again,
    runs_on_instances,
)
from ...domain.runs.records import ServerRun
from ...domain.steps.step_runs import StepRun, StepStatus
from ...probes.attempts import ProbeResult, try_http, try_tcp
from ...settings import settings
from ...side_by_side import each_place, map_bounded

PROBES_AT_ONCE = 32
ATTEMPT_SECONDS = 10.0
PROBING_SECONDS = 20
_TOKENS = uuid.UUID("6f2ab1de-0f4c-5c36-a3f5-2d8f6a0e7c11")
UNKNOWN = "Outcome unknown: "


class StepResult(msgspec.Struct, frozen=True):
    """The state of a step run after a call. If RUNNING, it has an id to look at, or is tried again."""

    run: StepRun
    status: StepStatus
    output: str = ""
    external_id: str = ""


def act(
    step: Step,
    runs: Sequence[StepRun],
    servers: Sequence[ServerRun],
    accounts: Mapping[str, TargetAccount],
    call: CallContext,
) -> list[StepResult]:
    """Carries out ``step`` for each of ``runs``, whose claims the caller must hold."""
    match step:
        case SsmAutomation():
            return map_bounded(lambda run: _start_automation(step, run, accounts), runs)
        case SsmCommand():
            return _send_commands(step, runs, servers, accounts)
        case InvokeLambda():
            return [_invoke(step, run, call) for run in runs]
        case HttpProbe() | TcpProbe():
            return probe(step, runs, accounts, call)
        case _:
            return []


def probe(
    step: HttpProbe | TcpProbe, runs: Sequence[StepRun], accounts: Mapping[str, TargetAccount], call: CallContext
) -> list[StepResult]:
    """Tries each run once, as far as the time of a task allows. The others are tried by the next task."""
    addresses = _addresses(runs, accounts) if runs_on_instances(step) else {}
    # Each round begins at another run, so that slow ones at the front cannot keep the others from being tried.
    first = int(call.now.timestamp()) % len(runs) if runs else 0
    queue = [*runs[first:], *runs[:first]]
    until = call.now + timedelta(seconds=PROBING_SECONDS)
    results: list[StepResult] = []
    while queue and call.now < until:
        batch, queue = queue[:PROBES_AT_ONCE], queue[PROBES_AT_ONCE:]
        results += map_bounded(lambda run: _try(step, run, addresses, call), batch, limit=PROBES_AT_ONCE)
    return results


def settle_claim(step: Step, run: StepRun, accounts: Mapping[str, TargetAccount], call: CallContext) -> StepResult:
    """The result of a claimed step whose task died before it recorded one."""
    if isinstance(step, SsmAutomation) and call.now < run.started_at + timedelta(seconds=step.timeout_seconds):
        return _start_automation(step, run, accounts)
    output = (
        f"{UNKNOWN}the task that claimed this step ended unexpectedly, so the step may or may not have run. It is not "
        "run again automatically. Check whether it took effect before you retry the wave."
    )
    return StepResult(run, StepStatus.FAILED, output)


def _start_automation(step: SsmAutomation, run: StepRun, accounts: Mapping[str, TargetAccount]) -> StepResult:
    token = str(uuid.uuid5(_TOKENS, f"{run.execution_id}/{run.key}"))
    account = accounts[run.target.account_id]
    started = start_automation(
        account, run.target.region, document=step.document, parameters=step.parameters, token=token
    )
    if started.is_unknown:
        # The token makes a repeated request harmless.
        started = start_automation(
            account, run.target.region, document=step.document, parameters=step.parameters, token=token
        )
    return _result(run, started)


def _send_commands(
    step: SsmCommand, runs: Sequence[StepRun], servers: Sequence[ServerRun], accounts: Mapping[str, TargetAccount]
) -> list[StepResult]:
    systems = {run.recovery_instance_id: run.os for run in servers}
    groups: dict[tuple[Place, OperatingSystem], list[StepRun]] = {}
    for run in runs:
        groups.setdefault((run.target.place, systems.get(run.target.key, OperatingSystem.LINUX)), []).append(run)
    chunks = [
        (place, system, group[start : start + INSTANCES_PER_COMMAND])
        for (place, system), group in groups.items()
        for start in range(0, len(group), INSTANCES_PER_COMMAND)
    ]

    def send(chunk: tuple[Place, OperatingSystem, list[StepRun]]) -> list[StepResult]:
        place, system, members = chunk
        document, parameters = _document_of(step, system)
        started = send_command(
            accounts[place.account_id],
            place.region,
            instance_ids=[run.target.key for run in members],
            document=document,
            parameters=parameters,
            comment=f"{members[0].execution_id} wave {members[0].wave_number}: {step.name}",
            timeout_seconds=step.timeout_seconds,
        )
        return [_result(run, started) for run in members]

    return [result for results in map_bounded(send, chunks) for result in results]


def _document_of(step: SsmCommand, system: OperatingSystem) -> tuple[str, Mapping[str, Sequence[str]]]:
    if step.document:
        return step.document, step.parameters
    shell = "AWS-RunPowerShellScript" if system is OperatingSystem.WINDOWS else "AWS-RunShellScript"
    return shell, {"commands": step.commands, "executionTimeout": (str(step.timeout_seconds),)}


def _result(run: StepRun, started: Attempt[str]) -> StepResult:
    if started.result is not None:
        return StepResult(run, StepStatus.RUNNING, external_id=started.result)
    return _not_done(run, started)


def _not_done(run: StepRun, attempt: Attempt[Any]) -> StepResult:
    return StepResult(run, StepStatus.FAILED, UNKNOWN + attempt.reason if attempt.is_unknown else attempt.reason)


def _invoke(step: InvokeLambda, run: StepRun, call: CallContext) -> StepResult:
    invoked = invoke_function(step.function, step.payload, region=call.hub.region)
    answer = invoked.result
    if answer is None:
        return _not_done(run, invoked)
    if answer.failed:
        return StepResult(run, StepStatus.FAILED, answer.text)
    if (call.now - run.started_at).total_seconds() > step.timeout_seconds:
        return StepResult(
            run,
            StepStatus.TIMED_OUT,
            f"The answer came after the time limit of {step.timeout_seconds} s. {answer.text}",
        )
    return StepResult(run, StepStatus.SUCCEEDED, answer.text)


def _try(step: HttpProbe | TcpProbe, run: StepRun, addresses: Mapping[str, str], call: CallContext) -> StepResult:
    attempt = _attempt(step, run, addresses)
    if attempt.passed:
        return StepResult(run, StepStatus.SUCCEEDED, attempt.text)
    if not may_be_tried_again(step) and attempt.sent:
        return StepResult(run, StepStatus.FAILED, attempt.text)
    if (call.now - run.started_at).total_seconds() >= step.timeout_seconds:
        return StepResult(run, StepStatus.TIMED_OUT, attempt.text)
    if not may_be_tried_again(step):
        return StepResult(run, StepStatus.FAILED, attempt.text)
    return StepResult(run, StepStatus.RUNNING)


def _attempt(step: HttpProbe | TcpProbe, run: StepRun, addresses: Mapping[str, str]) -> ProbeResult:
    address = addresses.get(run.target.key, "")
    if runs_on_instances(step) and not address:
        return ProbeResult(False, "The instance has no private address.", sent=False)
    limit = min(ATTEMPT_SECONDS, float(step.timeout_seconds))
    loopback = settings().stage == "local"
    if isinstance(step, TcpProbe):
        return try_tcp(step.host or address, step.port, limit_seconds=limit, loopback_allowed=loopback)
    return try_http(
        step.url.replace(ADDRESS, address),
        method=step.method.value,
        expected_status=step.expected_status,
        limit_seconds=limit,
        loopback_allowed=loopback,
    )


def _addresses(runs: Sequence[StepRun], accounts: Mapping[str, TargetAccount]) -> dict[str, str]:
    by_place: dict[Place, list[str]] = {}
    for run in runs:
        by_place.setdefault(run.target.place, []).append(run.target.key)

    def look(place: Place) -> dict[str, str]:
        return find_private_addresses(accounts[place.account_id], place.region, by_place[place])

    looks = each_place(by_place, look, what="addresses")
    return {key: address for found in looks.found.values() for key, address in found.items()}
