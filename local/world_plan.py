"""What the seeded world consists of, as `world.yaml` says.

Imports no moto, which reads the user's AWS profile when it is imported.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drs_emulator.documents import read_document

WORLD_FILE = Path(__file__).with_name("world.yaml")


@dataclass(frozen=True, kw_only=True)
class ServerPlan:
    """A server to add to DRS."""

    hostname: str
    account: str
    region: str
    application: str
    tier: str
    wave: int
    os: str = "LINUX"
    cores: int = 2
    memory_gib: int = 8
    instance_type: str = "m5.large"
    origin_region: str = ""


@dataclass(frozen=True, kw_only=True)
class AccountPlan:
    """A target account, the Region where its servers are recovered, and the address range there."""

    account_id: str
    name: str
    region: str
    network: str


@dataclass(frozen=True, kw_only=True)
class WorldPlan:
    """What the world consists of, as read from `world.yaml`."""

    accounts: tuple[AccountPlan, ...]
    servers: tuple[ServerPlan, ...]
    tiers: tuple[str, ...]

    @classmethod
    def empty(cls) -> "WorldPlan":
        return cls(accounts=(), servers=(), tiers=())

    @classmethod
    def read(cls, file: Path = WORLD_FILE, *, extra_servers: int = 0) -> "WorldPlan":
        """Read the world file, with `extra_servers` more in its places. Raises ValueError when there is no room."""
        raw = read_document(file)
        accounts = tuple(AccountPlan(**entry) for entry in raw["accounts"])
        regions = {account.account_id: account.region for account in accounts}
        servers = [
            ServerPlan(
                hostname=hostname,
                account=entry["account"],
                region=regions[entry["account"]],
                application=entry["application"],
                tier=entry["tier"],
                wave=entry["wave"],
                os=entry["os"],
                cores=entry["cores"],
                memory_gib=entry["memory_gib"],
                instance_type=entry["type"],
                origin_region=entry.get("origin_region", ""),
            )
            for entry in raw["servers"]
            for hostname in entry["hostnames"]
        ]
        fleet = _fleet(raw["fleet"], accounts, extra_servers)
        return cls(accounts=accounts, servers=(*servers, *fleet), tiers=tuple(raw["tiers"]))

    def places(self) -> dict[str, list[str]]:
        """The Regions of each account that has servers."""
        found: dict[str, list[str]] = {account.account_id: [account.region] for account in self.accounts}
        for server in self.servers:
            if server.region not in found[server.account]:
                found[server.account].append(server.region)
        return found


def _fleet(raw: Mapping[str, Any], accounts: tuple[AccountPlan, ...], count: int) -> Iterator[ServerPlan]:
    places = [(account.account_id, region) for region in raw["regions"] for account in accounts]
    room = len(places) * raw["servers_per_place"]
    if count > room:
        raise ValueError(f"There is room for {room} more servers, but not for {count}.")
    for number in range(count):
        account, region = places[number // raw["servers_per_place"]]
        yield ServerPlan(
            hostname=f"fleet-{number + 1:04}",
            account=account,
            region=region,
            application="fleet",
            tier=("database", "app", "web")[number % 3],
            wave=number % 30 + 1,
            os="WINDOWS" if number % 5 == 0 else "LINUX",
        )
