"""Source servers as the last sync saw them."""

from ..domain.context import CallContext
from ..domain.pages import Page
from ..domain.servers import SourceServer
from ..operations.estate import ListSourceServers
from ..store.reads import inventory as reads
from ..store.reads.accounts import get_account


def list_source_servers(request: ListSourceServers, _: CallContext) -> Page[SourceServer]:
    """One page of the servers of an account and Region by id. Raises RecordNotFound for an unknown account."""
    get_account(request.account_id)
    return reads.list_source_servers(request)
