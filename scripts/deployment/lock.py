"""Keeps two deployments of a stage apart: an object in the artifact bucket that only one can create."""

import json
import os
import signal
import socket
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from scripts.deployment.stage import Refused, Stage

VARIABLE = "DR_DEPLOYMENT_LOCK"
"""Names the lock to the programs that a deployment starts, so that they do not wait for it."""

ENDING = (signal.SIGTERM, signal.SIGHUP)
"""How a pipeline that is cancelled, and a terminal that is closed, end what runs in them."""


def key_of(stage: Stage) -> str:
    return f"locks/{stage.name}.json"


@contextmanager
def locked(stage: Stage, purpose: str) -> Iterator[None]:
    """Holds the lock of a stage. Raises Refused, naming the holder, when another deployment has it.

    A lock whose process on this machine has ended, killed perhaps, is taken over. Within, the signals that end a
    process raise SystemExit, so that what was begun is recorded and the lock released.
    """
    held = os.environ.get(VARIABLE)
    if held and (_holder(stage) or {}).get("id") == held:
        yield
        return
    mine = _this_process(stage, purpose)
    _take(stage, mine)
    os.environ[VARIABLE] = str(mine["id"])
    former = _handle_signals()
    try:
        yield
    finally:
        os.environ.pop(VARIABLE, None)
        if (_holder(stage) or {}).get("id") == mine["id"]:
            stage.client("s3").delete_object(Bucket=stage.bucket, Key=key_of(stage))
        for each, handler in former.items():
            signal.signal(each, handler)


def refuse_taken(stage: Stage) -> None:
    """Raises Refused when another deployment has the lock, long before it would be taken."""
    holder = _holder(stage)
    if holder is not None and not _has_ended(holder, _this_process(stage, "")):
        raise Refused(_taken(stage, holder))


def _this_process(stage: Stage, purpose: str) -> dict[str, Any]:
    return {
        "id": uuid.uuid4().hex,
        "arn": stage.caller["arn"],
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "purpose": purpose,
        "since": datetime.now(tz=UTC).isoformat(timespec="seconds"),
    }


def _handle_signals() -> dict[signal.Signals, Any]:
    """Returns the former handlers. A signal that is ignored, as by nohup, stays ignored."""
    former = {each: signal.getsignal(each) for each in ENDING if signal.getsignal(each) is not signal.SIG_IGN}
    for each in former:
        signal.signal(each, _end)
    return former


def _end(number: int, _: object) -> None:
    raise SystemExit(128 + number)


def _take(stage: Stage, mine: Mapping[str, Any]) -> None:
    for _ in range(2):
        try:
            stage.client("s3").put_object(
                Bucket=stage.bucket, Key=key_of(stage), Body=json.dumps(mine).encode(), IfNoneMatch="*"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("PreconditionFailed", "ConditionalRequestConflict"):
                raise
        else:
            return
        holder = _holder(stage)
        if holder is not None and _has_ended(holder, mine):
            print(f"Taking over the lock of `{holder['purpose']}`, which ended without releasing it.")
            stage.client("s3").delete_object(Bucket=stage.bucket, Key=key_of(stage))
            continue
        raise Refused(_taken(stage, holder or {}))
    raise Refused(_taken(stage, _holder(stage) or {}))


def _holder(stage: Stage) -> dict[str, Any] | None:
    try:
        body = stage.client("s3").get_object(Bucket=stage.bucket, Key=key_of(stage))["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise
    holder: dict[str, Any] = json.loads(body)
    return holder


def _has_ended(holder: Mapping[str, Any], mine: Mapping[str, Any]) -> bool:
    """Whether the holder was a process of the same person on this machine that is gone."""
    if (holder["arn"], holder["host"]) != (mine["arn"], mine["host"]):
        return False
    try:
        os.kill(holder["pid"], 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _taken(stage: Stage, holder: Mapping[str, Any]) -> str:
    who, host = holder.get("arn", "someone else"), holder.get("host", "another machine")
    return (
        f"{stage.name} is being deployed by {who} on {host} since {holder.get('since', 'just now')} "
        f"(`{holder.get('purpose', '?')}`): wait for its end, or, if it no longer runs, remove the lock with "
        f"`aws s3 rm s3://{stage.bucket}/{key_of(stage)}`."
    )
