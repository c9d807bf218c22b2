"""The AWS calls that one function makes while a test looks.

Tests share a cloud, in which other functions (an execution that goes on, a stream, a watchdog) are at work at the
same time: a test that counts calls counts those of the function that it asks, and no other. What the function still
does for an earlier test, such as a check that was started and never awaited, ends first.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from local.aws_calls import AwsCall
from local.cloud import LocalCloud
from tests.waiting import eventually

REST = "api_handler"
MANAGEMENT = "data-management-handler"


@contextmanager
def calls_of(cloud: LocalCloud, function: str) -> Iterator[list[AwsCall]]:
    """The calls of `function` within the context, in their order; the list grows while the context is open."""
    eventually(lambda: not cloud.runtime.running_of(function))
    seen: list[AwsCall] = []
    stop = cloud.front.observe(lambda call, caller: seen.append(call) if caller == function else None)
    try:
        yield seen
    finally:
        stop()


def named(operation: str) -> Callable[[AwsCall, str | None], bool]:
    """Whether a call is of this operation, whoever makes it."""
    return lambda call, _: call.operation == operation


@contextmanager
def before_the_first(
    cloud: LocalCloud, wanted: Callable[[AwsCall, str | None], bool], act: Callable[[AwsCall], object]
) -> Iterator[None]:
    """Does something once, when AWS has received the first such call and has not looked at it; there must be one.

    Once, because the SDK sends a call again that AWS throttled.
    """
    met: list[AwsCall] = []

    def look(call: AwsCall, function: str | None) -> None:
        if not met and wanted(call, function):
            met.append(call)
            act(call)

    stop = cloud.front.observe(look)
    try:
        yield
    finally:
        stop()
    assert met, "no such call was made"
