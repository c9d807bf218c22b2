"""Events of DRS as EventBridge delivers them to the function that wakes waves, true ones and others."""

from typing import Any

from local.cloud import LocalCloud
from tests.workflow.drills import Drills, Server

FUNCTION = "drs-events"


def launch_result(server: Server, job_id: str, **others: Any) -> dict[str, Any]:
    """The event of a server that was launched."""
    arn = f"arn:aws:drs:{server.region}:{server.account}:source-server/{server.server_id}"
    return {
        "version": "0",
        "id": "9da9af57-9253-4406-87cb-7cc400e43465",
        "detail-type": "DRS Source Server Launch Result",
        "source": "aws.drs",
        "account": server.account,
        "time": "2026-11-27T12:00:00Z",
        "region": server.region,
        "resources": [arn],
        "detail": {"state": "RECOVERY_LAUNCH_SUCCEEDED", "job-id": job_id, "is-drill": "TRUE"},
        **others,
    }


def newest_job(drills: Drills, server: Server) -> str:
    """The newest DRS job with the server; empty if there is none."""
    jobs = sorted(drills.jobs_with(server), key=lambda job: str(job["creationDateTime"]))
    return str(jobs[-1]["jobID"]) if jobs else ""


def deliver(cloud: LocalCloud, event: dict[str, Any]) -> bool:
    """Delivers an event; returns whether it has woken a wave. No event lets the function fail."""
    result = cloud.runtime.invoke(FUNCTION, event)
    assert result.function_error is None, result.payload
    return bool(result.value["woken"])
