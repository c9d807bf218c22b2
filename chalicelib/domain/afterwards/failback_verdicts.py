"""Decides what may be done to a server in its state of failback, and says what to do instead."""

from collections.abc import Callable

import msgspec

from .failback import ACTIONS_PER_CALL, Direction, FailbackState, Outcome, ServerFailback

Judge = Callable[[ServerFailback], ServerFailback | None]
"""Returns None to act, or else the server with the outcome and the reason why nothing is done."""

_IN_PROGRESS = {
    FailbackState.IN_PROGRESS,
    FailbackState.READY_FOR_LAUNCH,
    FailbackState.NOT_READY_FOR_LAUNCH,
    FailbackState.LAUNCH_STATE_NOT_AVAILABLE,
}
_CHECK_AGAIN = "Check again with GET /drs/failback in a few minutes."
_BOOT_CLIENT = "Boot the DRS Failback Client at the origin, pair it with this instance, and then start the failback."
_AGENT_IS_NEW = (
    "DRS can reverse the replication of a new instance only after its replication agent has connected for the first "
    "time. Repeat the call in a few minutes."
)


def judge_reversal(server: ServerFailback) -> ServerFailback | None:
    """Allows reversing a running instance that came from EC2 and does not replicate, or whose replication failed."""
    if gone := _without_instance(server):
        return gone
    if server.state is FailbackState.COMPLETED:
        return _as(server, Outcome.UNCHANGED, "", _after_completion(server))
    if server.state in _IN_PROGRESS:
        return _as(server, Outcome.UNCHANGED, "", f"Its replication is already reversed. {_CHECK_AGAIN}")
    if not server.from_ec2:
        return _as(
            server,
            Outcome.REFUSED,
            "The server did not originate in EC2, so its replication cannot be reversed to a Region.",
            _BOOT_CLIENT,
        )
    if server.state is FailbackState.ERROR and server.replication_state == "CONTINUOUS":
        remedy = "The launch at its origin failed, but its data is in sync there. Start the failback again."
        return _as(server, Outcome.UNCHANGED, "", remedy)
    if server.instance_state not in {"RUNNING", ""}:
        return _as(
            server,
            Outcome.REFUSED,
            f"The instance is {server.instance_state} and cannot replicate.",
            "Start the instance.",
        )
    return None


def judge_start(server: ServerFailback) -> ServerFailback | None:
    """Allows a launch that is ready, or that failed for a server from EC2 whose data is in sync."""
    if gone := _without_instance(server):
        return gone
    if server.direction is Direction.FAILOVER:
        reason = f"The instance runs at its origin. Its replication to {server.origin} protects it there."
        return _as(server, Outcome.REFUSED, reason, _protection(server))
    if server.state is FailbackState.COMPLETED:
        return _as(server, Outcome.UNCHANGED, "", _after_completion(server))
    if server.is_launching:
        return _as(server, Outcome.UNCHANGED, "", f"The launch at the origin is in progress. {_CHECK_AGAIN}")
    is_in_sync = server.from_ec2 and server.replication_state == "CONTINUOUS"
    if server.state is FailbackState.READY_FOR_LAUNCH or (server.state is FailbackState.ERROR and is_in_sync):
        return None
    return _not_launchable(server)


def judge_stop(server: ServerFailback) -> ServerFailback | None:
    """Allows stopping a failback client that replicates or has failed, but not a launch or a completed failback.

    DRS stops failbacks to other places only. Inside AWS the replication of the reversed source server is stopped.
    """
    if gone := _without_instance(server):
        return gone
    if server.state is FailbackState.NOT_STARTED:
        return _as(server, Outcome.UNCHANGED, "", "No failback was started.")
    if server.is_launching:
        return _as(
            server, Outcome.REFUSED, "The launch at the origin is in progress and cannot be stopped.", _CHECK_AGAIN
        )
    if server.state is FailbackState.COMPLETED:
        return _as(server, Outcome.REFUSED, "Its failback is already complete.", _after_completion(server))
    if server.from_ec2:
        reason = "DRS stops only failbacks that use a failback client. This one replicates inside AWS."
        return _as(server, Outcome.REFUSED, reason, f"{_how_to_stop(server)} Its recovery points are then deleted.")
    return None


def held_by(server: ServerFailback, execution_id: str) -> ServerFailback:
    """Refuses the server, because an execution that has not ended holds it."""
    reason = f"Execution {execution_id} holds the server and has not ended."
    return _as(server, Outcome.REFUSED, reason, "Wait until that execution has ended, or cancel it.")


def failed(server: ServerFailback, reason: str, *, unknown: bool = False) -> ServerFailback:
    """The server after AWS refused or, if ``unknown``, may have acted; repeating is safe in both cases."""
    remedy = "Check with GET /drs/failback, then repeat the call. What was already done is not done again."
    return _as(server, Outcome.UNKNOWN if unknown else Outcome.FAILED, reason, remedy)


def not_reversible_yet(server: ServerFailback, reason: str) -> ServerFailback:
    """The server after DRS found a reversal in conflict with the state of its instance."""
    return _as(server, Outcome.FAILED, reason, _AGENT_IS_NEW)


def left(server: ServerFailback) -> ServerFailback:
    """The server after a call that did not reach it."""
    reason = f"One call acts on at most {ACTIONS_PER_CALL} servers, and this one was not reached."
    return _as(server, Outcome.LEFT, reason, "Repeat the call to continue with the remaining servers.")


def _not_launchable(server: ServerFailback) -> ServerFailback:
    if server.state is FailbackState.ERROR:
        remedy = "Reverse its replication again." if server.from_ec2 else _BOOT_CLIENT
        return _as(server, Outcome.REFUSED, server.error or "The failback failed.", remedy)
    if server.state is FailbackState.NOT_STARTED:
        remedy = "Reverse its replication first." if server.from_ec2 else _BOOT_CLIENT
        return _as(server, Outcome.REFUSED, "The server does not replicate to its origin yet.", remedy)
    progress = "" if server.progress_percent is None else f", {server.progress_percent} %"
    reason = f"It is not ready for launch: its replication is {server.replication_state or 'unknown'}{progress}."
    return _as(server, Outcome.REFUSED, reason, f"Wait until it is FAILBACK_READY_FOR_LAUNCH. {_CHECK_AGAIN}")


def _after_completion(server: ServerFailback) -> str:
    if not server.from_ec2:
        return "Its failback is complete. Terminate the instances that you no longer need."
    return (
        "Its failback is complete. To protect it again, reverse the replication of the instance that source server "
        f"{server.reversed_server_id} launched in {server.origin}. {_how_to_stop(server)} "
        "Then the instance that it was failed back from can be terminated."
    )


def _protection(server: ServerFailback) -> str:
    match server.state:
        case FailbackState.READY_FOR_LAUNCH:
            return "It is protected again. To recover it, start a RECOVERY of its plan."
        case FailbackState.NOT_STARTED | FailbackState.ERROR:
            return "It is not protected. Reverse its replication to protect it again."
        case _:
            return f"It is protected once its replication is CONTINUOUS. {_CHECK_AGAIN}"


def _how_to_stop(server: ServerFailback) -> str:
    return (
        f"To stop the replication, choose Stop replication for source server {server.reversed_server_id} in the DRS "
        f"console of {server.origin} (API: StopReplication)."
    )


def _without_instance(server: ServerFailback) -> ServerFailback | None:
    if server.outcome is not Outcome.OBSERVED:
        return server
    if server.state is FailbackState.NO_INSTANCE:
        reason = server.error or "DRS has no recovery instance of the server."
        return _as(
            server,
            Outcome.REFUSED,
            reason,
            server.remedy or "Check the account, Region and id, or recover the server first.",
        )
    return None


def _as(server: ServerFailback, outcome: Outcome, error: str, remedy: str) -> ServerFailback:
    return msgspec.structs.replace(server, outcome=outcome, error=error, remedy=remedy)
