"""The decisions that people have to make, over all executions."""

from ..domain.access.permissions import Permission
from ..domain.pages import Page
from ..domain.runs.waiting import OpenDecision
from .declaration import Operation, PageRequest, Side


class ListOpenDecisions(PageRequest, frozen=True, kw_only=True):
    """Oldest first."""


class DecisionToMake(OpenDecision, frozen=True, rename="camel", kw_only=True):
    """An open decision. ``allowed`` is whether the caller has the permission for it, and ``reason`` says why."""

    allowed: bool
    reason: str


OPERATIONS = (
    Operation(
        name="list_open_decisions",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ListOpenDecisions,
        response=Page[DecisionToMake],
        summary="The waves of all executions that wait for an approval or, failed, for a decision; oldest first.",
    ),
)
