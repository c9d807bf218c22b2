"""Every resource of the API, which the application registers, and their routes."""

from .accounts import accounts
from .addresses import ROUTES, Route
from .audit_logs import audit_logs
from .configuration import configuration
from .ec2 import ec2
from .executions import executions
from .groups import groups
from .launch_settings import launch_settings
from .plans import plans
from .servers import servers
from .service import service
from .staging import staging
from .syncs import syncs

__all__ = ["RESOURCES", "ROUTES", "Route", "routes_of"]

RESOURCES = (
    service,
    accounts,
    groups,
    launch_settings,
    plans,
    executions,
    servers,
    ec2,
    staging,
    syncs,
    audit_logs,
    configuration,
)


def routes_of(operation: str) -> list[Route]:
    """The routes of an operation, in the order of their declaration."""
    return [route for route in ROUTES if route.operation == operation]
