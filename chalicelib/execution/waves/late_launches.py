"""Finds servers that launched after their wave was judged, so that a retry does not launch them again."""

from collections.abc import Container, Sequence

from ...aws.reads.estate.recovery_instances import see_instances
from ...domain.access.context import CallContext
from ...domain.estate.accounts import Place
from ...domain.estate.sightings import InstanceSighting
from ...domain.launches.progress import ServerChange
from ...domain.runs.events import EventKind
from ...domain.runs.records import Execution, ServerRun, ServerStatus, TimelineEvent, WaveRun
from ...domain.text import count_of
from ...side_by_side import map_bounded
from ...store.reads.estate.accounts import find_accounts
from ...store.reads.runs.executions import get_wave_jobs, get_wave_servers
from ...store.writes.runs.servers import Before, record_changes
from ..notices.events import new_event
from .following import follow_jobs


def record_launched_meanwhile(execution: Execution, wave: WaveRun, unproven: Container[str], call: CallContext) -> None:
    """Records as LAUNCHED the failed servers of the wave that DRS has launched since they failed.

    Looks at open jobs and, for failed servers, at the recovery instances that jobs of this wave have made. ``unproven``
    servers are known to have launched. Raises CloudError or Unavailable if DRS does not answer: without an answer
    nothing may be launched again.
    """
    follow_jobs(execution, call, waves={wave.wave_number})
    servers = get_wave_servers(wave.execution_id, wave.wave_number)
    failed = [
        run
        for run in servers
        if run.status is ServerStatus.FAILED and not run.recovery_instance_id and run.source_server_id not in unproven
    ]
    jobs = {job.job_id for job in get_wave_jobs(wave.execution_id, wave.wave_number) if job.job_id}
    if not failed or not jobs:
        return
    by_place: dict[Place, list[ServerRun]] = {}
    for run in failed:
        by_place.setdefault(run.place, []).append(run)
    accounts = find_accounts({run.account_id for run in failed})

    def look(place: Place) -> list[InstanceSighting]:
        return see_instances(
            accounts[place.account_id], place.region, {run.source_server_id: "" for run in by_place[place]}
        )

    seen = {
        instance.source_server_id: instance
        for found in map_bounded(look, by_place)
        for instance in found
        if instance.exists and instance.job_id in jobs
    }
    late = [
        ServerChange(
            run.source_server_id,
            ServerStatus.LAUNCHED,
            seen[run.source_server_id].instance_id,
            seen[run.source_server_id].job_id,
            ended_at=run.ended_at,
        )
        for run in failed
        if run.source_server_id in seen
    ]

    def lines(news: Sequence[ServerChange]) -> list[TimelineEvent]:
        message = f"{count_of(len(news), 'server')} launched after being given up as failed. DRS shows the instances."
        kind = EventKind.SERVERS_LAUNCHED
        return [new_event(wave.execution_id, call.now, kind, message, wave_number=wave.wave_number)]

    record_changes(wave.execution_id, wave.wave_number, late, lines, before=Before.GIVEN_UP)
