"""Builds the local cloud from its parts and removes it again; each part has a module of its own."""

import functools
import importlib
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3
from botocore.config import Config
from chalice import Chalice

from drs_emulator import ConnectionDropped, Emulator, EmulatorSettings, wsgi_app
from local import client_hooks, ec2_pace, event_rules, guard, invocation, moto_pace, template_versions, workflow_engine
from local.control import Control
from local.dashboard import DashboardSite
from local.direct_calls import answered_by
from local.drs_events import LOSE_ALL, DrsEvents, forward_events
from local.dynamodb.engines import AmazonEngine, DynamoDBEngine, OwnEngine
from local.front import Front
from local.identities import Identities
from local.lambda_api import LambdaApi
from local.lambda_runtime import Handler, LambdaRuntime
from local.moto_services import MotoServices
from local.project import REPOSITORY, Project
from local.rest import RestFront
from local.scheduler import Scheduler
from local.server import LoopbackServer
from local.streams import Streams
from local.templates import Template
from local.tokens import TokenVerifier
from local.users import Users, pool_tags
from local.workflow import DEFINITION, INVENTORY_DEFINITION, INVENTORY_MACHINE, create_state_machine, role_policies
from local.world import World
from local.world_plan import WorldPlan

LOG = logging.getLogger(__name__)

# moto keeps its state for the whole process, which also has only one set of environment variables.
_ONE_AT_A_TIME = threading.Lock()

INVENTORY_SYNC = "inventory-sync"

_CachedFunction = type(functools.cache(int))

HUB_ACCOUNT = "111122223333"
HUB_REGION = "us-east-2"


@dataclass(frozen=True, kw_only=True)
class CloudSettings:
    """What a user of the local cloud can choose.

    `speed`: how many times faster than AWS the emulated DRS works. `servers`: source servers beside the
    seeded ones. `seeded` False leaves out the target accounts and their servers. `unregistered` are target accounts
    that exist with their roles and servers, and that the product does not know. `app` is the Chalice application to
    run; None takes the product's. `definition` is its state machine; None makes none when the file does not exist.
    `dynamodb` is the endpoint of a DynamoDB Local that serves the tables; None takes those of this process.
    `default_account` is the account of access keys that were not issued here; None refuses them. `drs_events` says what
    becomes of the events of DRS that wake waves. `handler_of` runs a function, by its name, elsewhere than in this
    process.
    """

    port: int = 0
    dashboard_port: int = 0
    speed: float = 60.0
    seed: int = 1
    servers: int = 0
    schedules: bool = False
    seeded: bool = True
    unregistered: tuple[str, ...] = ()
    enforce_policies: bool = True
    stage: str = "local"
    scenario: Mapping[str, Any] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    app: Callable[[], Chalice] | None = None
    definition: Path = DEFINITION
    dynamodb: str | None = None
    default_account: str | None = None
    drs_events: DrsEvents = DrsEvents.ON
    handler_of: Callable[["LocalCloud", str], Handler] | None = None


_ONCE: Any = {"total_max_attempts": 1}
# The emulator limits the rate of calls as AWS does, whoever made the calls before.
_RETRIES: dict[str, Any] = {"drs": {"mode": "standard", "total_max_attempts": 8}}


class LocalCloud:
    """A running local cloud; use it as a context manager. One at a time in a process: moto's state is the process's."""

    endpoint: str
    api_url: str
    dashboard_url: str
    runtime: LambdaRuntime
    emulator: Emulator
    scheduler: Scheduler
    streams: Streams
    world: World
    users: Users
    front: Front
    identities: Identities
    state_machine_arn: str | None
    _session: Any

    def __init__(self, settings: CloudSettings | None = None, /, **choices: Any) -> None:
        self.settings = settings or CloudSettings(**choices)
        self.project = Project.read(stage=self.settings.stage)
        self._running = ExitStack()
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._clients_lock = threading.Lock()

    @property
    def stage(self) -> str:
        return self.settings.stage

    @property
    def hub_region(self) -> str:
        return HUB_REGION

    @property
    def hub_account(self) -> str:
        return HUB_ACCOUNT

    def __enter__(self) -> "LocalCloud":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> "LocalCloud":
        """Start everything; afterwards it can be used. Raises UnsafeEnvironment, or OSError when the port is taken."""
        guard.check()
        if not _ONE_AT_A_TIME.acquire(blocking=False):
            raise RuntimeError("A local cloud is running in this process. Stop it first, or start another process.")
        self._running.callback(_ONE_AT_A_TIME.release)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End schedules, executions, emulator and endpoint; discard all state."""
        self._running.close()

    def sign_in(self, role: str) -> str:
        """An ID token of the seeded user of a role ("DRSOperator"). Raises KeyError for an unknown role."""
        return self.users.sign_in(self.client("cognito-idp"), role)

    def client(self, service: str, *, account: str | None = None, region: str | None = None) -> Any:
        """A boto3 client with an administrator's rights in an account (default: the hub) and Region."""
        key = (service, account or HUB_ACCOUNT, region or HUB_REGION)
        with self._clients_lock:
            if key not in self._clients:
                self._clients[key] = self._session.client(
                    service,
                    region_name=key[2],
                    endpoint_url=self.endpoint,
                    aws_access_key_id=self.administrator_key(key[1]),
                    aws_secret_access_key=guard.LOCAL_SECRET,
                    config=Config(retries=_RETRIES.get(service, _ONCE), read_timeout=960, max_pool_connections=64),
                )
            return self._clients[key]

    def _start(self) -> None:
        stack = self._running
        partition_keys: dict[str, str] = {}
        self.identities = Identities(
            project=self.project,
            hub_account=HUB_ACCOUNT,
            partition_key_of=partition_keys.get,
            tags_of=_tags_of,
            workflow_policies=role_policies(stage=self.settings.stage, account=HUB_ACCOUNT, region=HUB_REGION),
            default_account=self.settings.default_account,
        )
        self.identities.enforced = self.settings.enforce_policies and self._has_policies()
        moto_pace.spare_moto_needless_work()
        ec2_pace.spare_ec2_needless_work()
        template_versions.correct_launch_templates()
        moto = MotoServices()
        stack.callback(moto.forget)
        dynamodb = self._dynamodb_engine(moto)
        self.front = Front(
            identities=self.identities, moto=moto, dynamodb=dynamodb, rest_prefix="/api", hub_region=HUB_REGION
        )
        server = LoopbackServer(self.front, port=self.settings.port, dropped=(ConnectionDropped,))
        stack.callback(server.stop)
        server.start()
        self.endpoint = server.endpoint
        self.api_url = f"{server.endpoint}/api"
        stack.enter_context(guard.sealed(server.endpoint, region=HUB_REGION, variables=self._variables()))
        # Only now: a session reads the user's profile when it is made.
        self._session = boto3.session.Session()
        self._connect = answered_by(self.front, self.endpoint, needs_connection=self._needs_connection)
        crashes = client_hooks.CrashPlan()
        stack.enter_context(client_hooks.installed(crashes, self._connect))
        workflow_engine.run_state_machines_against(server.endpoint, port=server.port, connect=self._connect)
        stack.callback(workflow_engine.stop_all_executions)
        partition_keys.update(self._make_data())
        self._serve_dashboard(stack)
        self._start_emulator(stack)
        self._start_functions(stack, crashes)
        self.world = World.build(self._world_plan(), cloud=self, unregistered=self.settings.unregistered)
        if self.settings.seeded:
            self._take_inventory()
        if self.settings.scenario is not None:
            self.emulator.load_scenario(self.settings.scenario)
        if self.settings.drs_events is DrsEvents.LOST:
            self.emulator.add_fault(LOSE_ALL)

    def _dynamodb_engine(self, moto: MotoServices) -> DynamoDBEngine:
        if self.settings.dynamodb is None:
            return OwnEngine(moto)
        engine = AmazonEngine(self.settings.dynamodb)
        self._running.callback(engine.close)
        return engine

    def _take_inventory(self) -> None:
        """Run the inventory sync at once; its schedule would run it minutes later."""
        if INVENTORY_SYNC not in self.runtime.functions:
            return
        result = self.scheduler.run_now(INVENTORY_SYNC)
        if result.function_error:
            LOG.warning("The first %s failed: %s", INVENTORY_SYNC, result.payload.decode())

    def _variables(self) -> dict[str, str]:
        """The environment that all functions share with the process: only variables that are the same for all."""
        shared = dict(self.project.environment)
        return {
            **shared,
            "STAGE": self.settings.stage,
            "DRS_PACE": str(self.settings.speed),
            **self.settings.environment,
        }

    def _has_policies(self) -> bool:
        policy = self.project.function("query-handler").policy_file
        return policy is not None and policy.exists()

    def _make_data(self) -> dict[str, str]:
        file = REPOSITORY / "infrastructure" / "data.yaml"
        template = Template(
            file, parameters={"Stage": self.settings.stage, "Mfa": "OPTIONAL"}, account=HUB_ACCOUNT, region=HUB_REGION
        )
        keys = template.make_tables(self.client("dynamodb"))
        pool_id, client_id = template.make_user_pool(self.client("cognito-idp"))
        template.make_topics(self.client("sns"))
        template.make_buckets(self.client("s3"))
        self.users = Users.create(self.client("cognito-idp"), pool_id=pool_id, client_id=client_id)
        self._running.enter_context(
            guard.environment(
                {
                    "USER_POOL_ARN": f"arn:aws:cognito-idp:{HUB_REGION}:{HUB_ACCOUNT}:userpool/{pool_id}",
                    "USER_POOL_CLIENT_ID": client_id,
                }
            )
        )
        return keys

    def _serve_dashboard(self, stack: ExitStack) -> None:
        settings = {
            "region": HUB_REGION,
            "userPoolId": self.users.pool_id,
            "clientId": self.users.client_id,
            "stage": self.settings.stage,
        }
        server = LoopbackServer(DashboardSite(self.front, settings=settings), port=self.settings.dashboard_port)
        stack.callback(server.stop)
        server.start()
        self.dashboard_url = server.endpoint

    def _start_emulator(self, stack: ExitStack) -> None:
        emulator = Emulator(
            EmulatorSettings(
                speed=self.settings.speed, seed=self.settings.seed, launch_template_versions=1, as_observed=True
            ),
            ec2_client=lambda account, region: self.client("ec2", account=account, region=region),
            why_not=self.identities.why_drs_may_not,
            publish=partial(
                event_rules.put_drs_event, lambda account, region: self.client("events", account=account, region=region)
            ),
        )
        emulator.start()
        stack.callback(emulator.stop)
        self.emulator = emulator
        self.front.emulator = wsgi_app(emulator, identify=self.identities.account_of)

    def _needs_connection(self, service: str) -> bool:
        """S3's bodies are sent in pieces; a call that is held up or lost is ended by the client's own timeout."""
        disturbed = service == "drs" and self.emulator.disturbs_calls
        return service == "s3" or disturbed or self.front.is_observed

    def _start_functions(self, stack: ExitStack, crashes: client_hooks.CrashPlan) -> None:
        stack.enter_context(invocation.inherited_by_threads())
        app = (self.settings.app or _product_app)()
        self.runtime = LambdaRuntime(
            app,
            project=self.project,
            account=HUB_ACCOUNT,
            region=HUB_REGION,
            crashes=crashes,
            handler_of=partial(self.settings.handler_of, self) if self.settings.handler_of else None,
        )
        self.front.lambda_api = LambdaApi(self.runtime)
        verifier = TokenVerifier(
            issuer=f"https://cognito-idp.{HUB_REGION}.amazonaws.com/{self.users.pool_id}",
            client_id=self.users.client_id,
            fetch_keys=partial(self.users.fetch_keys, self.endpoint),
        )
        self.front.rest = RestFront(app, runtime=self.runtime, verifier=verifier, account=HUB_ACCOUNT, prefix="/api")
        self.state_machine_arn = None
        if self.settings.definition.exists():
            self.state_machine_arn = create_state_machine(
                self.client("stepfunctions"),
                self.runtime,
                stage=self.settings.stage,
                definition=self.settings.definition,
            )
        if self.settings.definition == DEFINITION:
            create_state_machine(
                self.client("stepfunctions"),
                self.runtime,
                stage=self.settings.stage,
                definition=INVENTORY_DEFINITION,
                name=INVENTORY_MACHINE,
            )
        self.scheduler = Scheduler(self.runtime, account=HUB_ACCOUNT, region=HUB_REGION)
        event_rules.deliver_events(self.runtime)
        self.scheduler.register_rules(self.client("events"))
        if self.settings.drs_events is not DrsEvents.OFF:
            forward_events(self, self._world_plan().places())
        self.front.control = Control(runtime=self.runtime, scheduler=self.scheduler, identities=self.identities)
        self.streams = Streams(self)
        if self.settings.schedules:
            for running in (self.scheduler, self.streams):
                running.start()
                stack.callback(running.stop)

    def _world_plan(self) -> WorldPlan:
        return WorldPlan.read(extra_servers=self.settings.servers) if self.settings.seeded else WorldPlan.empty()

    def administrator_key(self, account: str) -> str:
        """The access key of an account's administrator; the secret is the same for all (`guard.LOCAL_SECRET`)."""
        if account == HUB_ACCOUNT:
            return guard.HUB_ACCESS_KEY
        key = f"AKIALOCAL{account}"
        self.identities.add_administrator(key, account)
        return key


def _tags_of(account: str, region: str, resource_id: str) -> Mapping[str, str]:
    """The tags of a launch template or a user pool."""
    return template_versions.template_tags(account, region, resource_id) or pool_tags(account, region, resource_id)


def _product_app() -> Chalice:
    if str(REPOSITORY) not in sys.path:
        sys.path.insert(0, str(REPOSITORY))
    app: Chalice = importlib.import_module("app").app
    _forget_cold_starts()
    return app


def _forget_cold_starts() -> None:
    """Empty what the product's modules keep for the life of a process (settings, clients, sessions).

    An earlier local cloud of this process had another address and other credentials. Such state lives in caches of
    functions and in module variables, which the house style writes in lower case.
    """
    for name, module in list(sys.modules.items()):
        if name != "chalicelib" and not name.startswith("chalicelib."):
            continue
        for variable, value in list(vars(module).items()):
            if isinstance(value, _CachedFunction):
                value.cache_clear()
            elif variable.startswith("_") and variable.islower() and isinstance(value, dict) and variable[:2] != "__":
                value.clear()
