"""Changes in DRS for a failback. Only a throttled call is sent again: DRS has certainly not acted on it."""

from collections.abc import Callable, Sequence
from typing import Any

from ....domain.attempts import Attempt
from ....domain.estate.accounts import Place, TargetAccount
from ...asking import attempt
from ...sessions import Access, client

_PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0)


def reverse_replication(account: TargetAccount, region: str, instance_id: str) -> Attempt[str]:
    """Starts replication of an instance to its origin. The result is the ARN of the source server there."""
    return _act(
        account,
        region,
        lambda drs: drs.reverse_replication(recoveryInstanceID=instance_id).get("reversedDirectionSourceServerArn", ""),
    )


def stop_failback(account: TargetAccount, region: str, instance_id: str) -> Attempt[str]:
    """Ends the replication to the origin."""

    def stop(drs: Any) -> str:
        drs.stop_failback(recoveryInstanceID=instance_id)
        return ""

    return _act(account, region, stop)


def start_failback_launch(account: TargetAccount, region: str, instance_ids: Sequence[str]) -> Attempt[str]:
    """Launches machines with a failback client in one job. The result is the job's id."""
    ids = list(instance_ids)
    return _act(account, region, lambda drs: drs.start_failback_launch(recoveryInstanceIDs=ids)["job"]["jobID"])


def start_reversed_launch(account: TargetAccount, region: str, server_ids: Sequence[str]) -> Attempt[str]:
    """Launches reversed source servers at the origin in one job. The result is the job's id."""
    wanted = [{"sourceServerID": server_id} for server_id in server_ids]
    return _act(account, region, lambda drs: drs.start_recovery(sourceServers=wanted, isDrill=False)["job"]["jobID"])


def _act(account: TargetAccount, region: str, call: Callable[[Any], str]) -> Attempt[str]:
    """Calls DRS with the operate role. Never raises an error of AWS."""
    place = Place(account.account_id, region)
    return attempt(
        "DRS",
        place,
        lambda: call(client("drs", place, account, Access.OPERATE)),
        pauses_seconds=_PAUSES_SECONDS,
    )
