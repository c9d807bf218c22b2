"""Hostile requests: every place of every operation, and the values that are put there."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from hypothesis import strategies as st

from chalicelib.operations import Operation
from chalicelib.operations.table import OPERATIONS

Path = tuple[str | int, ...]

_STEPS: list[Any] = [
    {"type": "SSM_AUTOMATION", "name": "a", "document": "dr-step-a", "parameters": {"Where": ["here"]}},
    {"type": "SSM_COMMAND", "name": "b", "commands": ["true"]},
    {"type": "LAMBDA", "name": "c", "function": "dr-step-c-local", "payload": {"a": [1]}},
    {"type": "HTTP", "name": "d", "url": "https://a.example/", "method": "GET", "expectedStatus": 200},
    {"type": "TCP", "name": "e", "port": 22, "host": "a.example"},
    {"type": "EC2_STATUS", "name": "f", "timeoutSeconds": 60, "optional": True},
]
_BLACKOUTS = [
    {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"},
    {"weekdays": ["MON"], "fromTime": "08:00", "toTime": "10:00"},
]
_WAVE = {
    "number": 1,
    "name": "one",
    "protectionGroupIds": ["pg-unknown"],
    "dependsOn": [],
    "delaySeconds": 1,
    "onFailure": "STOP",
    "minSuccessPercent": 50,
    "timeoutMinutes": 60,
    "approvalRequired": False,
    "preActions": [_STEPS[0]],
    "postActions": [_STEPS[1], _STEPS[2]],
    "validations": _STEPS[3:],
}

_GROUP = {"name": "a group", "accountId": "222233334444", "region": "us-east-1", "hostnames": ["no-such-server"]}
_ENTRY = {name: value for name, value in _WAVE.items() if name != "protectionGroupIds"}
_DOCUMENT = {
    "schemaVersion": 1,
    "groups": [{**_GROUP, "impactLevels": {"no-such-server": "OPTIONAL"}}, {**_GROUP, "tags": {"Nobody": "has this"}}],
    "plans": [{"name": "a plan", "waves": [{**_ENTRY, "protectionGroups": ["no such group"]}]}],
}

FIELDS: dict[str, Any] = {
    "groupId": "pg-unknown",
    "planId": "plan-unknown",
    "executionId": "exec-unknown",
    "serverId": "s-0123456789abcdef0",
    "jobId": "drsjob-0123456789abcdef0",
    "executionIds": ["exec-unknown"],
    "accountId": "222233334444",
    "stagingAccountId": "222233334444",
    "region": "us-east-1",
    "q": "no-such-thing",
    "waveNumber": 1,
    "version": 1,
    "mode": "DRILL",
    "status": "FAILED",
    "reason": "a reason",
    "comment": "a comment",
    "name": "a name",
    "description": "a description",
    "owner": "an owner",
    "tags": {"Nobody": "has this"},
    "sourceServerIds": ["s-0123456789abcdef0"],
    "launchDefaults": {"copyTags": True},
    "settings": {"copyTags": True},
    "impactLevels": {"s-0123456789abcdef0": "OPTIONAL"},
    "waves": [_WAVE],
    "rtoMinutes": 60,
    "rpoMinutes": 60,
    "timeoutMinutes": 60,
    "approval": {"twoPerson": True, "timeoutMinutes": 60},
    "cleanup": {"onSuccessMinutes": 60, "onFailureMinutes": 60},
    "schedule": {"cron": "0 5 * * 1", "timeZone": "UTC", "blackouts": _BLACKOUTS},
    "notificationEmails": ["a@example.com"],
    "pointInTime": "LATEST",
    "checkId": "check-unknown",
    "readiness": "BLOCKED",
    "code": "NOT_FOUND",
    "recoveryPoints": {"s-0123456789abcdef0": "pit-0123456789abcdef0"},
    "servers": [{"accountId": "222233334444", "region": "us-east-1", "sourceServerId": "s-0123456789abcdef0"}],
    "startedAfter": "2026-01-01T00:00:00Z",
    "startedBefore": "2026-02-01T00:00:00Z",
    "day": "2026-01-01",
    "principal": "no-such-person",
    "invocationMode": "DIRECT_LAMBDA",
    "limit": 10,
    "cursor": "WyJwbGFucyIse31d",
    "force": False,
    "dryRun": True,
    "kind": "recovery-instances",
    "sourceServerId": "s-0123456789abcdef0",
    "enabled": True,
    "everyHours": 1,
    "acceptDegraded": False,
    "newestFirst": True,
    "idempotencyKey": "a key",
    "recoveryInstanceIds": "i-0123456789abcdef0",
    "format": "yaml",
    "document": _DOCUMENT,
    "after": "01J0000000000000000000000A",
    "afterLink": 1,
    "changedAfter": "2026-01-01T00:00:00Z",
    "confirm": "no such plan",
    "drillOverdue": True,
    "drillTargetDays": 90,
    "externalId": "0123456789abcdef",
    "externalIds": {"222233334444": "0123456789abcdef"},
    "hosts": [],
    "impact": "OPTIONAL",
    "initiatedBy": "no-such-person",
    "live": False,
    "mentions": "no-such-id",
    "networks": [],
    "operateRole": "",
    "operation": "get_user",
    "peopleOnly": True,
    "priority": 3,
    "readRole": "",
    "recentRuns": 1,
    "regions": ["us-east-1"],
    "replaceInstances": [],
    "replicationState": "STALLED",
    "requestId": "no-such-request",
    "resourceId": "plan-unknown",
    "sort": "HOST_NAME",
    "tag": "Nobody=has this",
    "verdict": "ALLOWED",
    "vpcId": "vpc-0123456789abcdef0",
}
"""A value for every field of every operation; the ids belong to nothing, so that no request has an effect.

The test of hostile input demands each of them, and that what they make is valid but for one odd place.
"""

_EXCLUDING = [
    ("planId", "status"),
    ("day", "principal", "invocationMode"),
    ("tags", "sourceServerIds"),
    ("executionId", "servers"),
    ("pointInTime", "recoveryPoints"),
    ("document", "externalIds"),
]
_FAR = ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "253402300800", "-1e308", "2026-02-30T00:00:00Z"]
_TEXTS = ["\ud800", "a\udfff", "\x00", "\x1b[2J", "\u202e", "", " ", "..", "NaN", "'\"><%s{0}$(x)", "#", "|", *_FAR]


def _nested(levels: int) -> Any:
    inner: Any = None
    for level in range(levels):
        inner = [inner] if level % 2 else {"a": inner}
    return inner


values = st.one_of(
    st.sampled_from(_TEXTS),
    st.text(st.characters()),
    st.sampled_from([1, 129, 1_001, 3_000, 500_000]).map(lambda size: "x" * size),
    st.sampled_from([1, 100, 20_000]).map(lambda size: "ä\U0001f600" * size),
    st.integers() | st.sampled_from([-1, 0, 2**31, 2**53, 2**63, 10**300]),
    st.floats(),
    st.none() | st.booleans(),
    st.sampled_from([1, 33, 900]).map(_nested),
    st.sampled_from([201, 5_001, 100_000]).map(lambda count: [{}] * count),
    st.sampled_from([51, 5_001]).map(lambda count: {f"key{number}": "value" for number in range(count)}),
    st.lists(st.none() | st.text() | st.integers(), max_size=3),
    st.dictionaries(st.text(), st.text() | st.lists(st.text(), max_size=2), max_size=3),
)
"""JSON values that are too large, too far away, too deep, or not valid text."""


@dataclass(frozen=True)
class Hostile:
    """A request of an operation with one odd place."""

    operation: Operation
    body: dict[str, Any]


def bodies() -> dict[str, dict[str, Any]]:
    """A whole body for each operation that takes one."""
    found = {}
    for operation in OPERATIONS.values():
        names = [field.encode_name for field in msgspec.structs.fields(operation.request)]
        if names:
            found[operation.name] = {name: copy.deepcopy(FIELDS[name]) for name in names}
    found["list_recovery_plans"]["sort"] = "NAME"
    found["list_execution_events"]["kind"] = "WAVE_ENDED"
    found["get_failback_status"]["sourceServerIds"] = "s-0123456789abcdef0"
    # Other tests need the accounts that there are, and no others.
    found["register_target_account"]["accountId"] = "not a number"
    for name in ("update_target_account", "remove_target_account"):
        found[name]["accountId"] = "700000000002"
    return found


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place where a value can be replaced, at any depth."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*path, key))


@st.composite
def requests(draw: st.DrawFn, among: Sequence[str] = ()) -> Hostile:
    """A request with one odd value, or one odd key, at any place."""
    whole = bodies()
    name = draw(st.sampled_from(sorted(among or whole)))
    body = whole[name]
    path = draw(st.sampled_from(sorted(places(body), key=repr)))
    holder: Any = body
    for key in path[:-1]:
        holder = holder[key]
    if isinstance(path[-1], str) and draw(st.integers(0, 9)) == 0:
        holder[draw(st.sampled_from(["\ud800", "\x00", "", "k" * 5_000]) | st.text())] = holder.pop(path[-1])
    else:
        holder[path[-1]] = draw(values)
    return Hostile(OPERATIONS[name], without_what_excludes(body, path[0]))


def without_what_excludes(body: dict[str, Any], kept: Any) -> dict[str, Any]:
    """Removes the fields that cannot be combined with ``kept``, so that the kept one is checked."""
    for group in _EXCLUDING:
        present = [name for name in group if name in body]
        for name in present:
            if name != (kept if kept in present else present[0]):
                body.pop(name)
    return body
