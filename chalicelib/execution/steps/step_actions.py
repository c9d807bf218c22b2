"""Carries out claimed steps: commands, automations, functions and probes. Decides nothing about the wave.

One target that fails, for whatever reason, never takes the others with it. What AWS has certainly not taken is tried
again until the time of the step is up.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from ...aws.actions.steps.lambdas import invoke_function
from ...aws.actions.steps.ssm import INSTANCES_PER_COMMAND, send_command, start_automation
from ...aws.reads.steps.instances import find_private_addresses
from ...domain.access.context import CallContext
from ...domain.attempts import CAN_SUCCEED_LATER, Attempt, RefusalKind
from ...domain.errors import DomainError
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.servers import OperatingSystem
from ...domain.plans.outgoing import OutgoingHosts, host_of, why_not_allowed, why_not_own
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
from ...domain.steps.step_runs import StepRun, StepStatus, explain_unregistered, find_unregistered
from ...probes.attempts import ProbeResult, try_http, try_tcp
from ...settings import settings
from ...side_by_side import ask_each, each_place
from ...side_by_side import chunks as pieces

PROBES_AT_ONCE = 32
ATTEMPT_SECONDS = 10.0
PROBING_SECONDS = 20
_TOKENS = uuid.UUID("6f2ab1de-0f4c-5c36-a3f5-2d8f6a0e7c11")
UNKNOWN = "Outcome unknown: "


class StepResult(msgspec.Struct, frozen=True):
    """The state of a step run after a call. If RUNNING, it has an id to look at, or is tried again.

    ``refusal`` is why AWS has certainly not taken it so far.
    """

    run: StepRun
    status: StepStatus
    output: str = ""
    external_id: str = ""
    refusal: str = ""


class _Chunk(msgspec.Struct, frozen=True):
    """The runs of one command: instances of one place with the same system."""

    place: Place
    system: OperatingSystem
    runs: tuple[StepRun, ...]


def act(
    step: Step,
    runs: Sequence[StepRun],
    servers: Sequence[ServerRun],
    accounts: Mapping[str, TargetAccount],
    call: CallContext,
    allowed: OutgoingHosts,
) -> list[StepResult]:
    """Carries out ``step`` for each of ``runs``, whose claims the caller must hold."""
    match step:
        case SsmAutomation():
            return _each(lambda run: _start_automation(step, run, accounts, call), runs)
        case SsmCommand():
            return _send_commands(step, runs, servers, accounts, call)
        case InvokeLambda():
            return _each(lambda run: _invoke(step, run, call), runs)
        case HttpProbe() | TcpProbe():
            return probe(step, runs, accounts, call, allowed)
        case _:
            return []


def probe(
    step: HttpProbe | TcpProbe,
    runs: Sequence[StepRun],
    accounts: Mapping[str, TargetAccount],
    call: CallContext,
    allowed: OutgoingHosts,
) -> list[StepResult]:
    """Tries each run once, as far as the time of a task allows. The others are tried by the next task.

    A step that goes to a host that is not allowed, or is no longer, fails at once.
    """
    host = host_of(step)
    if host and (problem := why_not_allowed(host, allowed)):
        return [StepResult(run, StepStatus.FAILED, f"The step {problem}. Nothing was sent.") for run in runs]
    addresses, unread = _addresses(runs, accounts) if runs_on_instances(step) else ({}, {})
    # Each round begins at another run, so that slow ones at the front cannot keep the others from being tried.
    first = int(call.now.timestamp()) % len(runs) if runs else 0
    queue = [*runs[first:], *runs[:first]]
    until = call.now + timedelta(seconds=PROBING_SECONDS)
    results: list[StepResult] = []
    while queue and call.now < until:
        batch, queue = queue[:PROBES_AT_ONCE], queue[PROBES_AT_ONCE:]
        tried = ask_each(lambda run: _attempt(step, run, addresses, unread), batch, limit=PROBES_AT_ONCE)
        for run, result in zip(batch, tried, strict=True):
            made = ProbeResult(False, result.message) if isinstance(result, DomainError) else result
            results.append(_judge_probe(step, run, made, call))
    return results


def settle_claim(step: Step, run: StepRun, accounts: Mapping[str, TargetAccount], call: CallContext) -> StepResult:
    """The result of a claimed step whose task died before it recorded one."""
    if isinstance(step, SsmAutomation) and _seconds_left(step, run, call) > 0:
        (result,) = _each(lambda one: _start_automation(step, one, accounts, call), [run])
        return result
    output = (
        f"{UNKNOWN}the task that claimed this step ended unexpectedly, so the step may or may not have run. It is not "
        "run again automatically. Check whether it took effect before you retry the wave."
    )
    return StepResult(run, StepStatus.FAILED, output)


def give_up_waiting(step: Step, run: StepRun, call: CallContext) -> StepResult | None:
    """The result of a step that AWS has not taken until its time was up; None if there is time left."""
    if _seconds_left(step, run, call) > 0:
        return None
    output = f"It was not started within {step.timeout_seconds} s. Last answer: {run.refusal}"
    return StepResult(run, StepStatus.TIMED_OUT, output)


def _each(act_on: Callable[[StepRun], StepResult], runs: Sequence[StepRun]) -> list[StepResult]:
    """The result for each run. Where the code fails, it is not known whether the step ran."""
    results = ask_each(act_on, runs)
    return [
        _failed(run, result) if isinstance(result, DomainError) else result
        for run, result in zip(runs, results, strict=True)
    ]


def _failed(run: StepRun, error: DomainError) -> StepResult:
    return StepResult(run, StepStatus.FAILED, UNKNOWN + error.message)


def _seconds_left(step: Step, run: StepRun, call: CallContext) -> float:
    return step.timeout_seconds - (call.now - run.started_at).total_seconds()


def _start_automation(
    step: SsmAutomation, run: StepRun, accounts: Mapping[str, TargetAccount], call: CallContext
) -> StepResult:
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
    return _result(step, run, started, call)


def _send_commands(
    step: SsmCommand,
    runs: Sequence[StepRun],
    servers: Sequence[ServerRun],
    accounts: Mapping[str, TargetAccount],
    call: CallContext,
) -> list[StepResult]:
    systems = {run.recovery_instance_id: run.os for run in servers}
    groups: dict[tuple[Place, OperatingSystem], list[StepRun]] = {}
    for run in runs:
        groups.setdefault((run.target.place, systems.get(run.target.key, OperatingSystem.LINUX)), []).append(run)
    chunks = [
        _Chunk(place, system, tuple(part))
        for (place, system), group in groups.items()
        for part in pieces(group, INSTANCES_PER_COMMAND)
    ]

    def send(chunk: _Chunk) -> tuple[list[StepResult], list[_Chunk]]:
        return _send_command(step, chunk, accounts[chunk.place.account_id], call)

    results: list[StepResult] = []
    while chunks:
        sent, now = ask_each(send, chunks), chunks
        chunks = []
        for chunk, outcome in zip(now, sent, strict=True):
            if isinstance(outcome, DomainError):
                results += [_failed(run, outcome) for run in chunk.runs]
            else:
                results += outcome[0]
                chunks += outcome[1]
    return results


def _send_command(
    step: SsmCommand, chunk: _Chunk, account: TargetAccount, call: CallContext
) -> tuple[list[StepResult], list[_Chunk]]:
    """Sends one command. Returns its results, and the parts of the chunk that are still to be sent.

    Systems Manager refuses a whole command because of one instance whose agent has not registered. Those that it names
    wait, and the command is for the others; where it names none, the command is sent in halves.
    """
    runs = chunk.runs
    ids = [run.target.key for run in runs]
    seconds = max(1, int(_seconds_left(step, runs[0], call)))
    document, parameters = _document_of(step, chunk.system, seconds)
    sent = send_command(
        account,
        chunk.place.region,
        instance_ids=ids,
        document=document,
        parameters=parameters,
        comment=f"{runs[0].execution_id} wave {runs[0].wave_number}: {step.name}",
        timeout_seconds=seconds,
    )
    if sent.refusal is not RefusalKind.NOT_READY:
        return [_result(step, run, sent, call) for run in runs], []
    named = find_unregistered(sent.reason, ids)
    why = Attempt[str].refused(RefusalKind.NOT_READY, explain_unregistered(sent.reason))
    results = [_result(step, run, why, call) for run in runs if run.target.key in named]
    rest = [run for run in runs if run.target.key not in named]
    half = len(rest) if named else len(rest) // 2
    parts = [part for part in (rest[:half], rest[half:]) if part]
    return results, [msgspec.structs.replace(chunk, runs=tuple(part)) for part in parts]


def _document_of(step: SsmCommand, system: OperatingSystem, seconds: int) -> tuple[str, Mapping[str, Sequence[str]]]:
    if step.document:
        return step.document, step.parameters
    shell = "AWS-RunPowerShellScript" if system is OperatingSystem.WINDOWS else "AWS-RunShellScript"
    return shell, {"commands": step.commands, "executionTimeout": (str(seconds),)}


def _result(step: Step, run: StepRun, started: Attempt[str], call: CallContext) -> StepResult:
    if started.result is not None:
        return StepResult(run, StepStatus.RUNNING, external_id=started.result)
    return _not_done(step, run, started, call)


def _not_done(step: Step, run: StepRun, made: Attempt[Any], call: CallContext) -> StepResult:
    """The step has failed, or waits to be tried again if AWS may take it before its time is up."""
    if made.is_unknown:
        return StepResult(run, StepStatus.FAILED, UNKNOWN + made.reason)
    if made.refusal not in CAN_SUCCEED_LATER:
        return StepResult(run, StepStatus.FAILED, made.reason)
    waiting = msgspec.structs.replace(run, refusal=made.reason)
    return give_up_waiting(step, waiting, call) or StepResult(run, StepStatus.RUNNING, refusal=made.reason)


def _invoke(step: InvokeLambda, run: StepRun, call: CallContext) -> StepResult:
    if foreign := why_not_own(step.function, account_id=call.hub.account_id, stage=settings().stage):
        return StepResult(run, StepStatus.FAILED, f"{foreign} Nothing was invoked.")
    invoked = invoke_function(step.function, step.payload, region=call.hub.region)
    answer = invoked.result
    if answer is None:
        return _not_done(step, run, invoked, call)
    if answer.failed:
        return StepResult(run, StepStatus.FAILED, answer.text)
    if (call.now - run.started_at).total_seconds() > step.timeout_seconds:
        return StepResult(
            run,
            StepStatus.TIMED_OUT,
            f"The answer came after the time limit of {step.timeout_seconds} s. {answer.text}",
        )
    return StepResult(run, StepStatus.SUCCEEDED, answer.text)


def _judge_probe(step: HttpProbe | TcpProbe, run: StepRun, made: ProbeResult, call: CallContext) -> StepResult:
    if made.passed:
        return StepResult(run, StepStatus.SUCCEEDED, made.text)
    if not may_be_tried_again(step) and made.sent:
        return StepResult(run, StepStatus.FAILED, made.text)
    if _seconds_left(step, run, call) <= 0:
        return StepResult(run, StepStatus.TIMED_OUT, made.text)
    # What was certainly not sent waits to be claimed again; what may be repeated is tried again without a claim.
    return StepResult(run, StepStatus.RUNNING, refusal="" if may_be_tried_again(step) else made.text)


def _attempt(
    step: HttpProbe | TcpProbe, run: StepRun, addresses: Mapping[str, str], unread: Mapping[Place, str]
) -> ProbeResult:
    address = addresses.get(run.target.key, "")
    if runs_on_instances(step) and not address:
        place = run.target.place
        why = f"The addresses in {place} could not be read: {unread[place]}" if place in unread else ""
        return ProbeResult(False, why or "The instance has no private address.", sent=False)
    limit = min(ATTEMPT_SECONDS, float(step.timeout_seconds))
    loopback = settings().stage == "local"
    if isinstance(step, TcpProbe):
        return try_tcp(step.host or address, step.port, limit_seconds=limit, loopback_allowed=loopback)
    return try_http(
        step.url.replace(ADDRESS, address),
        server_name=step.server_name,
        method=step.method.value,
        expected_status=step.expected_status,
        limit_seconds=limit,
        loopback_allowed=loopback,
    )


def _addresses(
    runs: Sequence[StepRun], accounts: Mapping[str, TargetAccount]
) -> tuple[dict[str, str], Mapping[Place, str]]:
    """The address of each instance that has one, and why a place could not be read."""
    by_place: dict[Place, list[str]] = {}
    for run in runs:
        by_place.setdefault(run.target.place, []).append(run.target.key)

    def look(place: Place) -> dict[str, str]:
        return find_private_addresses(accounts[place.account_id], place.region, by_place[place])

    looks = each_place(by_place, look, what="addresses")
    return {key: address for found in looks.found.values() for key, address in found.items()}, looks.failures
