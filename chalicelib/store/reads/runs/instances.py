"""Reads the accounts in which the instances of an execution are."""

from collections.abc import Iterable

from pynamodb.models import Model

from ....domain.estate.accounts import TargetAccount
from ...tables.estate import TargetAccountItem
from ...tables.runs import ExecutionItem
from ...together import Key, read_together
from ..estate.accounts import accounts_of_items
from .executions import no_execution


def accounts_of_execution(execution_id: str, account_ids: Iterable[str]) -> dict[str, TargetAccount]:
    """These accounts as ``find_accounts`` returns them, read with the header of an execution in one request.

    Raises RecordNotFound for an unknown execution.
    """
    keys: dict[type[Model], list[Key]] = {
        ExecutionItem: [(execution_id,)],
        TargetAccountItem: [(account_id,) for account_id in dict.fromkeys(account_ids)],
    }
    found = read_together(keys, consistent=True)
    if not any(item.status for item in found[ExecutionItem]):
        raise no_execution(execution_id)
    return accounts_of_items(found[TargetAccountItem])
