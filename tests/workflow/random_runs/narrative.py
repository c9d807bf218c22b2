"""Describes a seed for people who look for a fault: its design, and what happened in order."""

from collections.abc import Iterator
from datetime import datetime

from tests.workflow.evidence import EXECUTIONS, Record, Run
from tests.workflow.random_runs.designs import Design
from tests.workflow.random_runs.play import Verdict


def details_of(design: Design, verdict: Verdict) -> Iterator[str]:
    """Yields the design, then every call, write and request in order."""
    yield from design.lines()
    moments = sorted(_moments(verdict.record), key=lambda entry: entry[0])
    began = moments[0][0] if moments else None
    for at, text in moments:
        yield f"  {(at - began).total_seconds() if began else 0:7.3f} {text}"


def _moments(record: Record) -> Iterator[tuple[datetime, str]]:
    for call in record.calls:
        if not call.operation.startswith(("create", "read")):
            wave = f" of wave {call.wave_number}" if call.wave_number else ""
            text = call.statement or (call.answer.get("error", {}).get("message", "") if call.status >= 400 else "")
            yield call.sent_at, f"… {call.person} sends: {call.operation}{wave}"
            yield call.answered_at, f"{call.person}: {call.operation}{wave} → {call.status} {text}"
    for number, run in enumerate(record.runs.values(), start=1):
        yield from _moments_of(f"[{number}]", run)
    for change in record.leases:
        holder = (change.after or {}).get("execution_id", "free")
        yield change.at, f"lease {change.key} → {holder}"


def _moments_of(name: str, run: Run) -> Iterator[tuple[datetime, str]]:
    for change in run.changes:
        status, attempt = change.becomes("status"), change.becomes("attempt")
        if change.after is None:
            yield change.at, f"{name} {change.table} {change.key} is deleted"
        elif status or attempt:
            servers = change.after.get("server_ids") or ""
            error = change.after.get("error") or change.after.get("outcome_reason") or ""
            at = run.execution_id if change.table == EXECUTIONS and change.before is None else change.key
            move = f"{change.was or 'new'} → {change.status}{f' (attempt {attempt})' if attempt else ''}"
            yield change.at, f"{name} {change.table} {at}: {move} {servers} {error}".rstrip()
    for request in run.requests:
        yield request.at, f"{name} StartRecovery {request.job_run} {list(request.server_ids)}"
    for job in run.jobs:
        yield job.created_at, f"{name} DRS job {job.job_id} ({job.job_run}) begins"
        if job.ended_at:
            yield job.ended_at, f"{name} DRS job {job.job_id} ends with {dict(job.instances)}"
