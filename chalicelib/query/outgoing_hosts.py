"""The hosts and networks that steps of plans may reach."""

from ..domain.access.context import CallContext
from ..domain.plans.outgoing import OUTGOING, OutgoingHosts
from ..operations.declaration import Nothing
from ..operations.outgoing import OutgoingConfig, outgoing_config
from ..store.reads.estate.settings import read_setting


def get_outgoing_hosts(_: Nothing, __: CallContext) -> OutgoingConfig:
    """The setting; empty lists with version 0 when nobody has changed it."""
    return outgoing_config(read_setting(OUTGOING, OutgoingHosts()))
