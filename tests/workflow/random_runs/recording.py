"""Records what happens in the local cloud: each write as it takes effect, each launch as DRS gets it."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer

from drs_emulator.records import JobStatus as DrsJobStatus
from drs_emulator.records import JobType
from local.cloud import LocalCloud
from local.dynamodb.catalogue import find_table
from local.dynamodb.storage import Change as Written
from local.dynamodb.values import Item as Stored
from tests.workflow.evidence import EXECUTIONS, JOBS, LEASES, SERVERS, WAVES, Change, Item, Job, LaunchRequest

_KEYS = {WAVES: "wave_number", SERVERS: "source_server_id", JOBS: "job_run", LEASES: "lease"}
_VALUES = {"depends_on", "server_ids"}
_DESERIALIZER: Any = TypeDeserializer()


def now() -> datetime:
    return datetime.now(UTC)


class Recorder:
    """What has happened so far, of all runs in this cloud."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._number = 0
        self.changes: defaultdict[str, list[Change]] = defaultdict(list)
        self.leases: defaultdict[str, list[Change]] = defaultdict(list)
        self.requests: defaultdict[str, list[LaunchRequest]] = defaultdict(list)
        self.plan_of: dict[str, str] = {}
        self._latest: defaultdict[str, dict[tuple[str, str], Item]] = defaultdict(dict)

    @contextmanager
    def installed(self) -> Iterator["Recorder"]:
        with pytest.MonkeyPatch.context() as patch:
            for name in (EXECUTIONS, WAVES, JOBS, SERVERS, LEASES):
                full_name = f"aws-drs-orchestration-{name}-{self._cloud.stage}"
                table = find_table(self._cloud.hub_account, self._cloud.hub_region, full_name)
                assert table is not None
                patch.setattr(table, "observers", [*table.observers, partial(self.write, name)])
            patch.setattr(self._cloud.emulator, "respond", self._noted())
            yield self

    def executions_of(self, plan_ids: set[str]) -> list[str]:
        return [execution_id for execution_id, plan_id in list(self.plan_of.items()) if plan_id in plan_ids]

    def item(self, execution_id: str, table: str, key: str = "") -> Item:
        """A record as it is now; empty when there is none."""
        return self._latest[execution_id].get((table, key), {})

    def items(self, execution_id: str, table: str) -> dict[str, Item]:
        found = list(self._latest[execution_id].items())
        return {key: item for (other, key), item in found if other == table}

    # --- writes ---

    def write(self, table: str, written: Written) -> None:
        """Records a write where it takes effect, one after the other. Those of a transaction have the same time."""
        before, after = _plain(written.before), _plain(written.after)
        item = after or before or {}
        execution_id = str(item.get("execution_id", ""))
        self._number += 1
        key = str(item.get(_KEYS.get(table, ""), ""))
        change = Change(self._number, written.at, table, execution_id, key, before, after)
        if table == LEASES:
            self.leases[key].append(change)
            return
        self.changes[execution_id].append(change)
        self._latest[execution_id][table, key] = after or {}
        if table == EXECUTIONS and after and "plan_id" in after:
            self.plan_of[execution_id] = str(after["plan_id"])

    # --- DRS ---

    def _noted(self) -> Any:
        respond = self._cloud.emulator.respond

        def noted(*, operation: str, body: Any = None, **rest: Any) -> Any:
            if operation == "StartRecovery" and (body or {}).get("tags", {}).get("dr:job-run"):
                self._note(body)
            return respond(operation=operation, body=body, **rest)

        return noted

    def _note(self, body: Mapping[str, Any]) -> None:
        tags = body["tags"]
        request = LaunchRequest(
            at=now(),
            execution_id=tags["dr:execution-id"],
            job_run=tags["dr:job-run"],
            wave_number=int(tags["dr:wave"]),
            server_ids=tuple(entry["sourceServerID"] for entry in body["sourceServers"]),
        )
        self.requests[request.execution_id].append(request)

    def jobs_with(self, server_ids: set[str]) -> list[Job]:
        """The launches of these servers as DRS holds them, oldest first."""
        world = self._cloud.emulator.world
        world.advance()
        with world.lock:
            found = [
                _job(job)
                for region in world.regions.values()
                for job in region.jobs.values()
                if job.type is JobType.LAUNCH and not server_ids.isdisjoint(job.participants)
            ]
        return sorted(found, key=lambda job: job.created_at)


def _job(job: Any) -> Job:
    instances = {
        one.server_id: one.instance_id
        for one in job.participants.values()
        if one.instance_id and one.status.value == "LAUNCHED"
    }
    return Job(
        job_id=job.job_id,
        execution_id=job.tags.get("dr:execution-id", ""),
        job_run=job.tags.get("dr:job-run", ""),
        wave_number=int(job.tags.get("dr:wave", 0)),
        server_ids=tuple(job.participants),
        created_at=job.created_at,
        ended_at=job.ended_at if job.status is DrsJobStatus.COMPLETED else None,
        instances=instances,
        is_drill=job.is_drill,
    )


def _plain(item: Stored | None) -> Item | None:
    if item is None:
        return None
    return {name: _value(name, _DESERIALIZER.deserialize(attribute)) for name, attribute in item.items()}


def _value(name: str, value: Any) -> Any:
    if name in _VALUES and isinstance(value, str):
        return json.loads(value)
    if name.endswith("_at") and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value
