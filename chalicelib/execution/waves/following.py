"""Follows launches to their end, even after their wave was judged, and records what DRS shows.

A judged wave (it timed out, failed, was cancelled or waits for a decision) may have DRS jobs that are still running.
Their servers stay open until DRS has finished with them, so that the records show everything that was launched.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from ...aws.reads.launches.job_looks import look_at_jobs
from ...domain.access.context import CallContext
from ...domain.errors import cut
from ...domain.launches.claims import idle_servers, last_words
from ...domain.launches.progress import JobChange, ServerChange, observe
from ...domain.runs.events import EventKind
from ...domain.runs.records import (
    Execution,
    JobRun,
    JobStatus,
    ServerRun,
    ServerStatus,
    TimelineEvent,
    WaveRun,
    WaveStatus,
)
from ...domain.text import count_of
from ...logs import Counted, count
from ...settings import settings
from ...store.reads.estate.accounts import find_accounts
from ...store.reads.runs.executions import get_launch_jobs, get_servers, get_wave_jobs, get_wave_servers
from ...store.writes.launches.jobs import record_job_completed
from ...store.writes.runs.servers import close_servers, record_changes
from ..notices.events import new_event
from .counting import note_counts
from .place_queue import leave_place_lines
from .settling import settle_jobs

MAX_OUTCOME_IN_ERROR = 400


class Recorded(msgspec.Struct, frozen=True):
    """How many servers and jobs changed. Changes that had been recorded before do not count."""

    servers: int
    jobs: int


def follow_jobs(execution: Execution, call: CallContext, *, waves: Collection[int]) -> list[JobRun]:
    """Looks at the open launch requests of these waves and records their results. Returns those still open."""
    jobs = [job for job in get_launch_jobs(execution.execution_id) if job.wave_number in waves]
    if not any(job.is_open for job in jobs):
        return []
    accounts = find_accounts({job.account_id for job in jobs})
    jobs = settle_jobs(execution.mode, jobs, accounts, call)
    servers = get_servers(execution.execution_id)
    open_ids = {run.source_server_id for run in servers if not run.status.is_final}
    started = [job for job in jobs if job.status is JobStatus.STARTED]
    look = look_at_jobs(started, accounts, open_ids, call.now)
    for number in sorted({job.wave_number for job in started}):
        mine = [run for run in servers if run.wave_number == number]
        its_jobs = [job for job in jobs if job.wave_number == number]
        seen = observe(mine, its_jobs, look.sightings, now=call.now, grace=settings().job_grace, most=max(1, len(mine)))
        record_look(execution.execution_id, number, seen.server_changes, seen.job_changes, call)
    return [job for job in get_launch_jobs(execution.execution_id) if job.wave_number in waves and job.is_open]


def record_look(
    execution_id: str,
    wave_number: int,
    server_changes: Sequence[ServerChange],
    job_changes: Sequence[JobChange],
    call: CallContext,
) -> Recorded:
    """Records what a look at a wave's jobs has shown. Changes that were recorded before have no effect."""

    def line(kind: EventKind, message: str, **details: str) -> TimelineEvent:
        return new_event(execution_id, call.now, kind, message, wave_number=wave_number, **details)

    def lines(news: Sequence[ServerChange]) -> list[TimelineEvent]:
        launched = sum(change.status is ServerStatus.LAUNCHED for change in news)
        made = [line(EventKind.SERVERS_LAUNCHED, f"{count_of(launched, 'server')} launched.")] if launched else []
        for change in news:
            if change.status is ServerStatus.FAILED:
                message = f"Server {change.hostname or change.source_server_id} failed. {change.error}"
                made.append(line(EventKind.SERVER_FAILED, message, sourceServerId=change.source_server_id))
        return made

    news = record_changes(execution_id, wave_number, server_changes, lines)
    count(Counted.FAILED_LAUNCHES, sum(change.status is ServerStatus.FAILED for change in news))
    if not job_changes:
        return Recorded(len(news), 0)
    jobs = {(job.chunk, job.attempt): job for job in get_wave_jobs(execution_id, wave_number)}
    known = [(jobs[item.chunk, item.attempt], item) for item in job_changes if (item.chunk, item.attempt) in jobs]
    ended = [
        record_job_completed(
            job, change, [line(EventKind.JOB_ENDED, f"DRS job {job.job_id} has ended.", jobId=job.job_id)]
        )
        for job, change in known
    ]
    return Recorded(len(news), sum(ended))


def close_idle_servers(wave: WaveRun, now: datetime) -> list[JobRun]:
    """Ends the servers of a judged wave that are in no open launch request. Returns the wave's open requests.

    Writes only while the wave is as it was read, since a new attempt would launch these servers.
    """
    jobs = get_wave_jobs(wave.execution_id, wave.wave_number)
    servers = get_wave_servers(wave.execution_id, wave.wave_number)
    note_counts(wave, servers)
    idle = idle_servers(servers, jobs)
    leave_place_lines(wave, {run.place for run in idle})
    if wave.status in {WaveStatus.CANCELLED, WaveStatus.SKIPPED}:
        close_servers(idle, ServerStatus.SKIPPED, wave.outcome_reason, now, while_wave_is=wave)
    else:
        words = last_words(idle, jobs, attempt=wave.attempt, waiting=wave.waiting)
        by_word: dict[str, list[ServerRun]] = {}
        for run in idle:
            by_word.setdefault(words.get(run.source_server_id, ""), []).append(run)
        for word, runs in by_word.items():
            # AWS's last word comes at the end and whole, whatever the length of the outcome.
            outcome = wave.outcome_reason.removesuffix(word).rstrip()
            reason = f"Not launched: {cut(outcome, MAX_OUTCOME_IN_ERROR)} {word}".rstrip()
            close_servers(runs, ServerStatus.FAILED, reason, now, while_wave_is=wave)
    return [job for job in jobs if job.is_open]
