"""The seeded world: target accounts with networks and roles, and the servers that DRS replicates."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from drs_emulator import Emulator
from local.identities import Identities, Role
from local.project import REPOSITORY
from local.templates import Template
from local.world_plan import AccountPlan, ServerPlan, WorldPlan

TARGET_ACCOUNT_TEMPLATE = REPOSITORY / "infrastructure" / "target-account.yaml"

_GIB = 1024**3


@dataclass(frozen=True, kw_only=True)
class TargetAccount:
    """A target account as it was made. The external id is a secret between it and the hub."""

    account_id: str
    name: str
    regions: tuple[str, ...]
    read_role_arn: str
    operate_role_arn: str
    external_id: str

    def __repr__(self) -> str:
        return f"TargetAccount(account_id={self.account_id!r}, name={self.name!r}, regions={self.regions!r})"


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server as DRS knows it."""

    server_id: str
    plan: ServerPlan


class Cloud(Protocol):
    """What building a world needs from the local cloud."""

    @property
    def emulator(self) -> Emulator: ...

    @property
    def identities(self) -> Identities: ...

    @property
    def stage(self) -> str: ...

    @property
    def hub_account(self) -> str: ...

    def client(self, service: str, *, account: str | None = None, region: str | None = None) -> Any: ...


@dataclass(frozen=True, kw_only=True)
class World:
    """What was made: accounts, and servers by hostname."""

    accounts: tuple[TargetAccount, ...]
    servers: Mapping[str, Server]

    @classmethod
    def build(cls, plan: WorldPlan, *, cloud: Cloud, unregistered: Collection[str] = ()) -> "World":
        """Make everything of the plan and register the accounts with the product, except those in `unregistered`."""
        places = plan.places()
        accounts = tuple(make_account(account, places[account.account_id], cloud) for account in plan.accounts)
        for account in plan.accounts:
            for number, region in enumerate(places[account.account_id]):
                network = account.network if number == 0 else f"10.{100 + number}.0.0/16"
                _make_network(cloud.client("ec2", account=account.account_id, region=region), network, plan.tiers)
                cloud.emulator.initialize(account.account_id, region)
        servers = {
            server.hostname: Server(server_id=_add_server(server, cloud), plan=server) for server in plan.servers
        }
        register_accounts(tuple(account for account in accounts if account.account_id not in unregistered), cloud)
        return cls(accounts=accounts, servers=servers)

    def servers_with(self, **wanted: Any) -> list[Server]:
        """The servers whose plan has these values, for example `tier="web", account="222233334444"`."""
        return [
            server
            for server in self.servers.values()
            if all(getattr(server.plan, name) == value for name, value in wanted.items())
        ]


def register_accounts(accounts: tuple[TargetAccount, ...], cloud: Cloud) -> None:  # noqa: ARG001 — the tables are the process's
    """Write the target accounts into the product's tables by the product's own write."""
    # Models read the stage when they are imported, and the cloud has set it only now.
    from chalicelib.domain.estate import accounts as product  # noqa: PLC0415
    from chalicelib.store.writes.estate.accounts import create_account  # noqa: PLC0415

    for account in accounts:
        create_account(
            product.TargetAccount(
                account_id=account.account_id,
                name=account.name,
                read_role_arn=account.read_role_arn,
                operate_role_arn=account.operate_role_arn,
                external_id=account.external_id,
                regions=tuple(account.regions),
            )
        )


def make_account(plan: AccountPlan, regions: list[str], cloud: Cloud) -> TargetAccount:
    """Makes a target account with its two roles, which trust the hub with an external id of its own."""
    external_id = secrets.token_urlsafe(24)
    template = Template(
        TARGET_ACCOUNT_TEMPLATE,
        parameters={"HubAccountId": cloud.hub_account, "Stage": cloud.stage, "ExternalId": external_id},
        account=plan.account_id,
        region=plan.region,
    )
    arns = template.make_roles(cloud.client("iam", account=plan.account_id))
    for properties in template.of_type("AWS::IAM::Role").values():
        cloud.identities.add_role(
            Role(
                account=plan.account_id,
                arn=arns[properties["RoleName"]],
                trust_policy=properties["AssumeRolePolicyDocument"],
                policies=[policy["PolicyDocument"] for policy in properties.get("Policies", [])],
            )
        )
    return TargetAccount(
        account_id=plan.account_id,
        name=plan.name,
        regions=tuple(regions),
        read_role_arn=arns[f"aws-drs-orchestration-read-{cloud.stage}"],
        operate_role_arn=arns[f"aws-drs-orchestration-operate-{cloud.stage}"],
        external_id=external_id,
    )


def _make_network(ec2: Any, network: str, tiers: tuple[str, ...]) -> None:
    """A VPC with one subnet and one security group for each tier."""
    vpc = ec2.create_vpc(CidrBlock=network, TagSpecifications=_named("vpc", "recovery"))["Vpc"]["VpcId"]
    prefix = ".".join(network.split(".")[:2])
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    for number, tier in enumerate(tiers):
        ec2.create_subnet(
            VpcId=vpc,
            CidrBlock=f"{prefix}.{number}.0/24",
            AvailabilityZone=zones[number % len(zones)]["ZoneName"],
            TagSpecifications=_named("subnet", tier),
        )
        ec2.create_security_group(
            VpcId=vpc,
            GroupName=f"recovery-{tier}",
            Description=f"Recovered servers of the {tier} tier",
            TagSpecifications=_named("security-group", tier),
        )


def _named(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def _add_server(plan: ServerPlan, cloud: Cloud) -> str:
    if plan.origin_region:
        # A failback makes a source server there.
        cloud.emulator.initialize(plan.account, plan.origin_region)
    return cloud.emulator.add_source_server(
        plan.account,
        plan.region,
        hostname=plan.hostname,
        os=plan.os,
        cpu_cores=plan.cores,
        ram_bytes=plan.memory_gib * _GIB,
        instance_type=plan.instance_type,
        origin_account=plan.account if plan.origin_region else None,
        origin_region=plan.origin_region or None,
        tags={
            "Name": plan.hostname,
            "Application": plan.application,
            "Tier": plan.tier,
            "Environment": "production",
            "dr:wave": str(plan.wave),
        },
    )
