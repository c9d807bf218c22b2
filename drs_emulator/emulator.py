"""The emulator as a Python object: seed it, add faults, and answer one API call after the other.

`drs_emulator.wsgi` serves it over HTTP.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from drs_emulator import saved_worlds, wire
from drs_emulator.caller_rights import CallerRights, WhyNot
from drs_emulator.clock import Clock, utc_now
from drs_emulator.declared_errors import as_declared, can_answer
from drs_emulator.errors import (
    ApiError,
    ConnectionDropped,
    access_denied,
    conflict,
    internal_error,
    not_emulated,
    not_found,
    quota_exceeded,
    throttled,
    uninitialized_account,
    unrecognized_client,
)
from drs_emulator.failback import connect_client
from drs_emulator.faults import AROUND_CALLS, FaultKind, FaultRule, Occasion, refusals_of
from drs_emulator.identifiers import make_id
from drs_emulator.instances import Ec2ClientFactory, Ec2Gateway
from drs_emulator.launch_templates import ensure_launch_template
from drs_emulator.operations import OPERATIONS
from drs_emulator.operations.call import Call
from drs_emulator.point_events import announce_points
from drs_emulator.records import Disk, OperatingSystem, RegionState, ReplicationState
from drs_emulator.scenario import load_scenario, load_world
from drs_emulator.service_model import operation_model
from drs_emulator.settings import EmulatorSettings
from drs_emulator.source_servers import ServerDescription, add_server, set_replication
from drs_emulator.validation import read_arguments
from drs_emulator.world import Publish, World


class Emulator:
    """DRS for any number of accounts and Regions.

    With `start()` a thread advances jobs and workers call EC2; without it, every call first does what is due.
    `ec2_client` is called once for each account and Region; without it instance ids are made up.
    `clock.advance(minutes=10)` moves its time on; it follows `clock`, the system's time by default.
    `publish(account, region, detail_type, detail, resources)` receives the events of source `aws.drs`.
    `why_not(action)` says why a caller may not do what DRS does in EC2 in its name; without it, every caller may.
    """

    def __init__(
        self,
        settings: EmulatorSettings | None = None,
        *,
        ec2_client: Ec2ClientFactory | None = None,
        clock: Callable[[], datetime] = utc_now,
        publish: Publish | None = None,
        sleep: Callable[[float], None] = time.sleep,
        why_not: WhyNot | None = None,
    ) -> None:
        self.settings = settings or EmulatorSettings()
        gateway = Ec2Gateway(ec2_client, seed=self.settings.seed)
        self.clock = clock if isinstance(clock, Clock) else Clock(clock)
        rights = CallerRights(why_not)
        self.world = World(self.settings, ec2=gateway, rights=rights, clock=self.clock, publish=publish)
        self.clock.moved = self._do_what_is_due
        if publish is not None:
            announce_points(self.world)
        self._sleep = sleep
        self._answered = 0

    def start(self) -> None:
        """Starts the background thread and the EC2 workers; a second call does nothing."""
        self.world.start()

    def stop(self) -> None:
        """Stops them; jobs then advance only with a call."""
        self.world.stop()

    # --- the world ---

    def initialize(self, account: str, region: str) -> None:
        """InitializeService, done by the owner of the world."""
        with self.world.lock:
            self.world.region(account, region).initialized = True

    def disable_region(self, account: str, region: str, *, disabled: bool = True) -> None:
        """An opt-in Region that the account has not enabled: its credentials are not recognised there."""
        with self.world.lock:
            self.world.region(account, region).disabled = disabled

    def add_source_server(  # noqa: PLR0913 - everything is keyword-only and has a default
        self,
        account: str,
        region: str,
        *,
        hostname: str,
        os: str = "LINUX",
        server_id: str | None = None,
        tags: Mapping[str, str] | None = None,
        disks: Iterable[Disk] | None = None,
        replication_state: str = "CONTINUOUS",
        lag: float = 0.0,
        replicating_days: float = 30.0,
        cpu_cores: int = 2,
        ram_bytes: int = 8 * 1024**3,
        private_ip: str | None = None,
        instance_type: str = "m5.large",
        os_name: str | None = None,
        origin_account: str | None = None,
        origin_region: str | None = None,
        origin_instance_id: str | None = None,
        uses_default_key: bool = False,
    ) -> str:
        """Adds a replicating server and returns its id; `lag` is in seconds. Raises `ApiError` beyond the quotas.

        The id follows from seed, account, Region and hostname. The Region need not be initialised.
        """
        wanted = ServerDescription(
            hostname=hostname,
            os=OperatingSystem(os),
            os_name=os_name,
            server_id=server_id,
            tags=tags,
            disks=disks,
            replication_state=ReplicationState(replication_state),
            lag_seconds=lag,
            replicating_days=replicating_days,
            cpu_cores=cpu_cores,
            ram_bytes=ram_bytes,
            private_ip=private_ip,
            instance_type=instance_type,
            origin_account=origin_account,
            origin_region=origin_region,
            origin_instance_id=origin_instance_id,
            uses_default_key=uses_default_key,
        )
        with self.world.lock:
            state = self.world.region(account, region)
            server = add_server(self.world, state, wanted, now=self.world.clock())
        if self.settings.create_launch_templates:
            ensure_launch_template(self.world, state, server)
        return server.server_id

    def set_replication(
        self,
        account: str,
        region: str,
        server_id: str,
        *,
        state: str,
        lag: float = 0.0,
        error: str | None = None,
        raw_error: str | None = None,
    ) -> None:
        """Changes a server's replication. Raises `ApiError` (ResourceNotFoundException) for an unknown server."""
        with self.world.lock:
            region_state = self.world.region(account, region)
            if server_id not in region_state.servers:
                raise not_found("SourceServer", server_id)
            set_replication(
                self.world,
                region_state,
                region_state.servers[server_id],
                to=ReplicationState(state),
                lag_seconds=lag,
                error=error,
                raw_error=raw_error,
            )

    def connect_failback_client(self, account: str, region: str, recovery_instance_id: str) -> str:
        """What booting a failback client at the origin does; returns the client's id.

        Raises `ApiError`: ResourceNotFoundException, ConflictException (from EC2, or paired already).
        """
        with self.world.lock:
            state = self.world.region(account, region)
            if recovery_instance_id not in state.recovery_instances:
                raise not_found("RecoveryInstance", recovery_instance_id)
            instance = state.recovery_instances[recovery_instance_id]
            return connect_client(self.world, state, instance, now=self.world.clock())

    def set_speed(self, speed: float) -> None:
        """Changes the time scale, for running jobs too."""
        self.world.set_speed(speed)

    def save_world(self) -> dict[str, Any]:
        """Everything as JSON values, running jobs and faults included; EC2 is not part of it.

        Raises `ApiError` (ConflictException) when calls of EC2 are under way and do not end.
        """
        return saved_worlds.save_world(self.world)

    def restore_world(self, saved: Any) -> None:
        """Replaces everything by what `save_world` returned; jobs continue where they were.

        Raises `ScenarioError` for what this version has not saved, and then changes nothing.
        """
        saved_worlds.restore_world(self.world, saved)

    def _do_what_is_due(self) -> None:
        self.world.advance()
        with self.world.at_rest():
            pass  # EC2 has answered, and its answers have been taken

    # --- faults ---

    def add_fault(self, fault: Mapping[str, Any] | FaultRule, where: str = "fault") -> str:
        """Puts a fault in force and returns its id. Raises `ScenarioError` naming the field that is wrong."""
        return self.world.add_fault(fault, where).fault_id

    def remove_fault(self, fault_id: str) -> bool:
        """Removes a fault, and lets what it held up continue; False when there is no such fault."""
        return self.world.remove_faults(fault_id)

    def load_scenario(self, scenario: Mapping[str, Any]) -> list[str]:
        """Puts all faults of a scenario in force and returns their ids. Raises `ScenarioError` before that."""
        return load_scenario(self, scenario)

    def load_world(self, world: Mapping[str, Any]) -> int:
        """Builds the accounts, Regions and servers of a world file and returns the number of servers."""
        return load_world(self, world)

    @property
    def disturbs_calls(self) -> bool:
        """Whether calls may be slow, or lose their answer, because of a fault in force."""
        return self.world.faults.has_any(AROUND_CALLS)

    def clear_faults(self) -> None:
        """Removes all faults."""
        self.world.remove_faults()

    # --- calls ---

    def respond(
        self,
        *,
        account: str,
        region: str,
        operation: str,
        body: Any = None,
        query: Mapping[str, list[str]] | None = None,
        path_values: Mapping[str, str] | None = None,
        caller: str | None = None,
    ) -> wire.Answer:
        """Answers one call. Raises `ConnectionDropped` where a fault says that no answer arrives.

        `caller` is what `why_not` is asked about: an access key id, or what the program around the emulator knows.
        """
        self.world.advance()
        request_id = self._next_request_id()
        occasion = self._occasion(account, region, operation, body if isinstance(body, dict) else {})
        around = self._strike_around(occasion)
        if (slow := around.get(FaultKind.SLOW_CALL)) is not None:
            self._sleep(float(slow.parameters.get("delaySeconds", 5.0)))
        dropped = around.get(FaultKind.DROPPED_CONNECTION)
        if dropped is not None and dropped.parameters.get("beforeAction"):
            raise ConnectionDropped(f"{operation} was never received.")
        try:
            arguments = {"body": {} if body is None else body, "query": query or {}, "path_values": path_values or {}}
            value = self._act(account, region, operation, arguments, occasion, caller)
            answer = wire.result(operation, value, request_id, as_observed=self.settings.as_observed)
        except ApiError as error:
            answer = wire.failure(as_declared(operation, error), request_id)
        if (late := around.get(FaultKind.DELAYED_ANSWER)) is not None:
            self._sleep(float(late.parameters.get("delaySeconds", 70.0)))
        if dropped is not None:
            raise ConnectionDropped(f"The answer to {operation} was lost.")
        return answer

    def _act(
        self,
        account: str,
        region: str,
        operation: str,
        arguments: dict[str, Any],
        occasion: Occasion,
        caller: str | None,
    ) -> dict[str, Any]:
        model = operation_model(operation)
        with self.world.lock:
            state = self.world.region(account, region)
            self._refuse(state, operation, occasion)
        checked = read_arguments(model, **arguments)
        known = OPERATIONS.get(operation)
        if known is None:
            raise not_emulated(operation)
        if not state.initialized and can_answer(operation, "UninitializedAccountException"):
            raise uninitialized_account()
        call = Call(
            world=self.world,
            state=state,
            operation=operation,
            arguments=checked,
            now=self.world.clock(),
            caller=caller,
        )
        if known.prepare is not None:
            known.prepare(call)
        with self.world.lock:
            return known.handler(call)

    def _refuse(self, state: RegionState, operation: str, occasion: Occasion) -> None:
        """What stops a call before it is read: the Region, a fault, too many calls."""
        if state.disabled:
            raise unrecognized_client()
        for kind in refusals_of(operation):
            rule = self.world.faults.strike(kind, occasion)
            if rule is not None:
                raise _refusal(rule, state, occasion)
        wait = self.world.throttle.take(state.account, state.region, operation, self.world.clock())
        if wait is not None:
            raise throttled(wait)

    def _strike_around(self, occasion: Occasion) -> dict[FaultKind, FaultRule]:
        with self.world.lock:
            struck = {kind: self.world.faults.strike(kind, occasion) for kind in AROUND_CALLS}
        return {kind: rule for kind, rule in struck.items() if rule is not None}

    def _occasion(self, account: str, region: str, operation: str, body: Mapping[str, Any]) -> Occasion:
        """What a call names: faults may match the servers and jobs in it. The body is not checked yet."""
        raw_filters = body.get("filters")
        filters = raw_filters if isinstance(raw_filters, dict) else {}
        entries = [entry for entry in _listed(body.get("sourceServers")) if isinstance(entry, dict)]
        servers = [
            body.get("sourceServerID"),
            *_listed(filters.get("sourceServerIDs")),
            *(entry.get("sourceServerID") for entry in entries),
        ]
        server_ids = [value for value in servers if isinstance(value, str)]
        job_ids = [value for value in (body.get("jobID"), *_listed(filters.get("jobIDs"))) if isinstance(value, str)]
        instances = [body.get("recoveryInstanceID"), *_listed(body.get("recoveryInstanceIDs"))]
        with self.world.lock:
            state = self.world.region(account, region)
            known = state.servers
            launched = [state.recovery_instances.get(value) for value in instances if isinstance(value, str)]
            server_ids += [instance.server_id for instance in launched if instance is not None]
            hostnames = [known[server_id].hostname for server_id in server_ids if server_id in known]
        return Occasion(
            account=account,
            region=region,
            operation=operation,
            server_ids=server_ids,
            hostnames=hostnames,
            job_ids=job_ids,
        )

    def _next_request_id(self) -> str:
        with self.world.lock:
            self._answered += 1
            return make_id("drs-emulator-", self.settings.seed, self._answered)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _refusal(rule: FaultRule, state: RegionState, occasion: Occasion) -> ApiError:
    parameters = rule.parameters
    match rule.kind:
        case FaultKind.THROTTLE:
            return throttled(int(parameters.get("retryAfterSeconds", 1)))
        case FaultKind.QUOTA_EXCEEDED:
            return quota_exceeded(str(parameters.get("quotaCode", "L-D88FAC3A")), "A service quota was exceeded.")
        case FaultKind.CONFLICT:
            first = occasion.server_ids[0] if occasion.server_ids else ""
            return conflict(str(parameters.get("message", "The resource is being processed.")), resource_id=first)
        case FaultKind.ACCESS_DENIED:
            user, because = f"arn:aws:iam::{state.account}:user/emulated", parameters.get("because")
            return access_denied(user, str(occasion.operation), because if because is None else str(because))
        case FaultKind.UNINITIALIZED:
            return uninitialized_account()
        case FaultKind.REGION_DISABLED:
            return unrecognized_client()
        case _:
            return internal_error(str(parameters.get("message", "An internal error occurred.")))
