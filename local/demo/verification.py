"""Checks a run: what the API reports about it against the expected result, and against the evidence.

Whatever is expected, the reported outcome must be true: COMPLETED means that no CRITICAL server is missing.
"""

from collections.abc import Iterator, Sequence

from chalicelib.domain.estate.groups import Impact
from chalicelib.domain.runs.events import EventKind
from chalicelib.domain.runs.records import (
    ExecutionStatus,
    ServerRun,
    ServerStatus,
    TimelineEvent,
    WaveRun,
    WaveStatus,
)
from chalicelib.domain.text import count_of
from chalicelib.operations.runs import ExecutionDetail
from local.demo.evidence import Evidence
from local.demo.failback import homecoming_problems
from local.demo.following import Ended
from local.demo.script import Expectation, Step


def verify(ended: Sequence[Ended], left: Sequence[Step], evidence: Evidence) -> list[str]:
    """Returns a sentence for each failed check. `left` are the steps of the script that were not done."""
    found: list[str] = []
    for run in ended:
        found += shortcomings(run.detail, run.servers, run.expected)
        found += _of_evidence(run, evidence)
        if run.expected is not None:
            found += _of_timeline(run.expected, run.events)
    for step in left:
        what = step.__struct_config__.tag
        found.append(f"A step of the script was not done, because its condition was never met: {what}, {step}")
    if evidence.crashes_to_come:
        found.append(f"{count_of(evidence.crashes_to_come, 'function')} should have crashed but did not.")
    found += [f"The lease {key} is still held by {holder}." for key, holder in sorted(evidence.leases.items())]
    return found


def has_launched(run: ServerRun) -> bool:
    """Whether the server launched, even if it was terminated later."""
    return run.status.has_launched or run.status is ServerStatus.TERMINATED


def shortcomings(detail: ExecutionDetail, servers: Sequence[ServerRun], expected: Expectation | None) -> list[str]:
    """Checks what the API reports; `expected` None: only whether it is true, not whether it is wanted."""
    found = list(_untruths(detail, servers))
    if expected is None:
        return found
    status = detail.execution.status
    if status is not expected.outcome:
        found.append(f"The outcome is {status}, not {expected.outcome}: {detail.execution.outcome_reason}")
    for wave in detail.waves:
        found += _of_wave(wave, expected)
    if expected.outcome is ExecutionStatus.COMPLETED:
        passed_over = {wave.wave_number for wave in detail.waves if wave.status is WaveStatus.SKIPPED}
        left = (
            run
            for run in servers
            if run.wave_number not in passed_over and not has_launched(run) and run.status is not ServerStatus.FAILED
        )
        found += [f"{run.hostname} is {run.status} but should have launched." for run in left]
    failed = {run.hostname for run in servers if run.status is ServerStatus.FAILED}
    found += [f"{hostname} failed but should not have." for hostname in sorted(failed - set(expected.failed_servers))]
    found += [
        f"{hostname} should have failed but did not." for hostname in sorted(set(expected.failed_servers) - failed)
    ]
    return found


def _of_wave(wave: WaveRun, expected: Expectation) -> Iterator[str]:
    name = f"Wave {wave.wave_number} '{wave.name}'"
    wanted = expected.waves.get(wave.name, WaveStatus.COMPLETED)
    if wave.status is not wanted:
        yield f"{name} is {wave.status}, not {wanted}: {wave.outcome_reason}"
    attempts = expected.attempts.get(wave.name, 1)
    if wave.attempt != attempts:
        yield f"{name} took {count_of(wave.attempt, 'attempt')}, not {attempts}."


def _untruths(detail: ExecutionDetail, servers: Sequence[ServerRun]) -> Iterator[str]:
    missing = {
        wave.wave_number: [
            run
            for run in servers
            if run.wave_number == wave.wave_number and run.impact is Impact.CRITICAL and not has_launched(run)
        ]
        for wave in detail.waves
        # A wave that a person skipped is not reported as launched.
        if wave.status is not WaveStatus.SKIPPED
    }
    if detail.execution.status is ExecutionStatus.COMPLETED and any(missing.values()):
        yield "The run is reported as COMPLETED, although CRITICAL servers are missing."
    for wave in detail.waves:
        if wave.status is WaveStatus.COMPLETED and missing[wave.wave_number]:
            yield f"Wave {wave.wave_number} is reported as COMPLETED, although CRITICAL servers of it are missing."
    launched = sum(has_launched(run) for run in servers)
    counted = sum(wave.launched_count for wave in detail.waves)
    if launched != counted:
        yield f"The waves report {count_of(counted, 'launched server')}, but the list of servers has {launched}."


def _of_timeline(expected: Expectation, events: Sequence[TimelineEvent]) -> Iterator[str]:
    """Checks the kinds of events in their order; each must come after the one before it."""
    kinds = iter(event.kind for event in events)
    for wanted in expected.events:
        if wanted not in kinds:
            yield f"The timeline has no {wanted} in the expected order: {', '.join(expected.events)}."
            return


def _of_evidence(run: Ended, evidence: Evidence) -> Iterator[str]:
    execution = run.detail.execution
    yield from _of_launches(run, evidence)
    yield from _of_pauses(run, evidence)
    if run.expected is None:
        return
    if run.expected.failed_back:
        yield from homecoming_problems([server for server in run.servers if has_launched(server)], evidence.homecomings)
    wanted = run.expected.instances
    wanted = sum(map(has_launched, run.servers)) if wanted is None else wanted
    instances = evidence.instances_of(execution.execution_id)
    here = {server.hostname: instances[server.source_server_id] for server in run.servers}
    if sum(here.values()) != wanted:
        names = ", ".join(sorted(name for name, count in here.items() if count)) or "none"
        yield f"The {execution.mode} has {count_of(sum(here.values()), 'instance')} in EC2, not {wanted}: {names}."


def _of_launches(run: Ended, evidence: Evidence) -> Iterator[str]:
    """Checks the launches of each server: as many as expected, or at most one for each attempt of its wave."""
    launches = evidence.launches(run.detail.execution.execution_id)
    attempts = {wave.wave_number: wave.attempt for wave in run.detail.waves}
    for server in run.servers:
        count = launches[server.source_server_id]
        if run.expected is None:
            most = attempts[server.wave_number]
            if count > most:
                yield f"DRS launched {server.hostname} {count_of(count, 'time')} in {count_of(most, 'attempt')}."
            continue
        wanted = run.expected.launches.get(server.hostname, 1 if server.job_id else 0)
        if count != wanted:
            yield f"DRS launched {server.hostname} {count_of(count, 'time')}, not {wanted}."


def _of_pauses(run: Ended, evidence: Evidence) -> Iterator[str]:
    """Checks that DRS got no new job between a pause and its end."""
    paused_at = None
    for event in run.events:
        if event.kind == EventKind.EXECUTION_PAUSED:
            paused_at = event.at
        elif event.kind in {EventKind.EXECUTION_RESUMED, EventKind.EXECUTION_CANCELLING} and paused_at is not None:
            for job in evidence.jobs:
                if job.execution_id == run.detail.execution.execution_id and paused_at < job.created_at < event.at:
                    yield f"DRS got job {job.job_id} while the run was paused."
            paused_at = None
