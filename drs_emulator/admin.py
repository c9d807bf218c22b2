"""The admin endpoint under `/_emulator/`: shows the world and adds faults, for this machine only."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Mapping
from typing import Any

from drs_emulator import wire
from drs_emulator.emulator import Emulator
from drs_emulator.errors import ApiError, ScenarioError
from drs_emulator.faults import rule_to_wire
from drs_emulator.operations.jobs import job_to_wire, log_item_to_wire
from drs_emulator.scenario import add_described_server, only_known, read_number, read_text

_LONGEST_ADVANCE_SECONDS = 366 * 86400
Handler = Callable[[Emulator, str, Any], Mapping[str, Any]]


def answer_admin(
    emulator: Emulator, *, method: str, path: str, remote: str, read_body: Callable[[], Any]
) -> wire.Answer:
    """Answers one admin request; any remote address that is not loopback is refused with 403."""
    if not _is_loopback(remote):
        return _answer(403, {"error": "The admin endpoint answers only requests from this machine."})
    resource, _, name = path.strip("/").partition("/")
    handler = _HANDLERS.get((method, resource))
    if handler is None:
        known = sorted(f"{known_method} {known_resource}" for known_method, known_resource in _HANDLERS)
        return _answer(404, {"error": "There is no such admin resource.", "known": known})
    try:
        body = read_body() if method in {"POST", "PATCH", "PUT"} else {}
        emulator.world.advance()
        return _answer(200, handler(emulator, name, body))
    except ScenarioError as error:
        return _answer(400, {"error": str(error), "field": error.where})
    except ApiError as error:
        return _answer(error.status, {"error": error.message, "code": error.code})


def _get_state(emulator: Emulator, _name: str, _body: Any) -> Mapping[str, Any]:
    with emulator.world.lock:
        regions = [
            {
                "account": state.account,
                "region": state.region,
                "initialized": state.initialized,
                "disabled": state.disabled,
                "sourceServers": len(state.servers),
                "jobsInProgress": len(state.active_jobs),
                "jobs": len(state.jobs),
                "recoveryInstances": len(state.recovery_instances),
            }
            for state in emulator.world.regions.values()
        ]
        settings = emulator.settings
        return {
            "time": emulator.clock().isoformat(),
            "speed": emulator.world.speed,
            "seed": settings.seed,
            "asObserved": settings.as_observed,
            "regions": regions,
        }


def _get_jobs(emulator: Emulator, name: str, _body: Any) -> Mapping[str, Any]:
    with emulator.world.lock:
        jobs = [job for state in emulator.world.regions.values() for job in state.jobs.values()]
        if not name:
            shown = [job_to_wire(job) | {"account": job.account, "region": job.region} for job in jobs]
            return {"jobs": sorted(shown, key=lambda job: str(job["creationDateTime"]), reverse=True)}
        for job in jobs:
            if job.job_id == name:
                return {"job": job_to_wire(job), "log": [log_item_to_wire(item) for item in job.log]}
    raise ApiError(404, "NotFound", f"There is no job {name}.")


def _get_faults(emulator: Emulator, _name: str, _body: Any) -> Mapping[str, Any]:
    with emulator.world.lock:
        return {"faults": [rule_to_wire(fault) for fault in emulator.world.faults.list_standing()]}


def _post_faults(emulator: Emulator, _name: str, body: Any) -> Mapping[str, Any]:
    """One fault, or several under `faults`; either all are taken or none."""
    several = isinstance(body, dict) and "faults" in body
    wanted = body["faults"] if several else [body]
    if not isinstance(wanted, list):
        raise ScenarioError("faults", "must be a list")
    added: list[str] = []
    try:
        for index, raw in enumerate(wanted):
            added.append(emulator.add_fault(raw, f"faults[{index}]" if several else "fault"))
    except ScenarioError:
        for fault_id in added:
            emulator.remove_fault(fault_id)
        raise
    return {"ids": added}


def _delete_faults(emulator: Emulator, name: str, _body: Any) -> Mapping[str, Any]:
    if not name:
        emulator.clear_faults()
    elif not emulator.remove_fault(name):
        raise ApiError(404, "NotFound", f"There is no fault {name}.")
    return {}


def _post_source_servers(emulator: Emulator, _name: str, body: Any) -> Mapping[str, Any]:
    where = "sourceServer"
    account, region = read_text(body, "account", where), read_text(body, "region", where)
    described = {name: value for name, value in body.items() if name not in {"account", "region"}}
    return {"sourceServerIDs": add_described_server(emulator, account, region, described, where)}


def _patch_source_servers(emulator: Emulator, name: str, body: Any) -> Mapping[str, Any]:
    where = "sourceServer"
    account, region = read_text(body, "account", where), read_text(body, "region", where)
    try:
        emulator.set_replication(
            account,
            region,
            name,
            state=read_text(body, "replicationState", where),
            lag=read_number(body, "lagSeconds", where, default=0.0),
            error=body.get("error"),
            raw_error=body.get("rawError"),
        )
    except ValueError as error:
        raise ScenarioError(f"{where}.replicationState", str(error)) from None
    return {}


def _post_failback_clients(emulator: Emulator, _name: str, body: Any) -> Mapping[str, Any]:
    where = "failbackClient"
    names = ("account", "region", "recoveryInstanceID")
    only_known(body, set(names), where)
    account, region, instance_id = (read_text(body, name, where) for name in names)
    return {"failbackClientID": emulator.connect_failback_client(account, region, instance_id)}


def _post_speed(emulator: Emulator, _name: str, body: Any) -> Mapping[str, Any]:
    speed = read_number(body, "speed", "body")
    if speed <= 0:
        raise ScenarioError("body.speed", f"must be greater than 0, not {speed}")
    emulator.set_speed(speed)
    return {"speed": speed}


def _post_clock(emulator: Emulator, _name: str, body: Any) -> Mapping[str, Any]:
    only_known(body, {"advanceSeconds"}, "body")
    seconds = read_number(body, "advanceSeconds", "body")
    if not 0 <= seconds <= _LONGEST_ADVANCE_SECONDS:
        raise ScenarioError("body.advanceSeconds", f"must be 0 to {_LONGEST_ADVANCE_SECONDS}, not {seconds}")
    return {"time": emulator.clock.advance(seconds=seconds).isoformat()}


def _get_world(emulator: Emulator, _name: str, _body: Any) -> Mapping[str, Any]:
    return emulator.save_world()


def _put_world(emulator: Emulator, _name: str, body: Any) -> Mapping[str, Any]:
    emulator.restore_world(body)
    return _get_state(emulator, "", {})


_HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", "state"): _get_state,
    ("GET", "jobs"): _get_jobs,
    ("GET", "faults"): _get_faults,
    ("POST", "faults"): _post_faults,
    ("DELETE", "faults"): _delete_faults,
    ("POST", "source-servers"): _post_source_servers,
    ("PATCH", "source-servers"): _patch_source_servers,
    ("POST", "failback-clients"): _post_failback_clients,
    ("POST", "speed"): _post_speed,
    ("POST", "clock"): _post_clock,
    ("GET", "world"): _get_world,
    ("PUT", "world"): _put_world,
}


def _is_loopback(remote: str) -> bool:
    try:
        return ipaddress.ip_address(remote).is_loopback
    except ValueError:
        return False


def _answer(status: int, value: Mapping[str, Any]) -> wire.Answer:
    return wire.Answer(status=status, body=json.dumps(value).encode(), headers={"Content-Type": "application/json"})
