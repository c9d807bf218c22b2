"""Source servers, as the last sync saw them."""

from ..domain.access.context import CallContext
from ..domain.estate.servers import SourceServer
from ..domain.pages import Page
from ..operations.estate import ListSourceServers
from ..store.reads.estate import inventory as reads
from ..store.reads.estate.accounts import get_account


def list_source_servers(request: ListSourceServers, _: CallContext) -> Page[SourceServer]:
    """One page of the servers of an account and Region, by id. Raises RecordNotFound for an unknown account."""
    get_account(request.account_id)
    return reads.list_source_servers(request)
