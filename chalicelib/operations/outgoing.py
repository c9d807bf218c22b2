"""Operations on the hosts and networks that steps of plans may reach."""

from datetime import datetime

import msgspec

from ..domain.access.permissions import Permission
from ..domain.estate.settings import Setting
from ..domain.limits import Version
from ..domain.plans.outgoing import Entries, OutgoingHosts
from .declaration import Nothing, Operation, Request, Side


class UpdateOutgoingHosts(Request, frozen=True, kw_only=True):
    """Replaces both lists. ``version`` is the version that the change is based on; 0 when there was none."""

    hosts: Entries = ()
    networks: Entries = ()
    version: Version


class OutgoingConfig(msgspec.Struct, frozen=True, rename="camel"):
    """The hosts and networks that HTTP and TCP steps may reach beside recovery instances."""

    hosts: tuple[str, ...]
    networks: tuple[str, ...]
    version: int
    updated_at: datetime | None
    updated_by: str
    updated_by_subject: str


OPERATIONS = (
    Operation(
        name="get_outgoing_hosts",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=Nothing,
        response=OutgoingConfig,
        summary="The hosts and networks that steps of plans may reach.",
    ),
    Operation(
        name="update_outgoing_hosts",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.MANAGE_SETTINGS,
        request=UpdateOutgoingHosts,
        response=OutgoingConfig,
        summary="Choose the hosts and networks that HTTP and TCP steps of plans may reach.",
        shown_by="get_outgoing_hosts",
        example={"hosts": ["status.example.com", "*.shop.example.com"], "networks": ["10.20.0.0/16"], "version": 0},
    ),
)


def outgoing_config(setting: Setting[OutgoingHosts]) -> OutgoingConfig:
    """The setting as it is answered."""
    value = setting.value
    return OutgoingConfig(
        hosts=value.hosts,
        networks=value.networks,
        version=setting.version,
        updated_at=setting.updated_at,
        updated_by=setting.updated_by,
        updated_by_subject=setting.updated_by_subject,
    )
