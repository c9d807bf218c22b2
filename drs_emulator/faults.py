"""The faults that the emulator can play: their kinds, how a rule is decoded, and which rule applies.

A rule only says that a fault occurs; its effect is decided where it occurs.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from drs_emulator.declared_errors import can_answer
from drs_emulator.errors import ScenarioError
from drs_emulator.service_model import operation_names


class FaultKind(StrEnum):
    """Every fault; the groups below say when each one is checked."""

    # instead of acting on a call
    THROTTLE = "THROTTLE"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    CONFLICT = "CONFLICT"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    ACCESS_DENIED = "ACCESS_DENIED"
    UNINITIALIZED = "UNINITIALIZED"
    REGION_DISABLED = "REGION_DISABLED"
    # around a call
    SLOW_CALL = "SLOW_CALL"
    DELAYED_ANSWER = "DELAYED_ANSWER"
    DROPPED_CONNECTION = "DROPPED_CONNECTION"
    # in a job
    LATE_START = "LATE_START"
    EMPTY_PARTICIPATING_SERVERS = "EMPTY_PARTICIPATING_SERVERS"
    SNAPSHOT_FAILED = "SNAPSHOT_FAILED"
    SNAPSHOT_STUCK = "SNAPSHOT_STUCK"
    CONVERSION_FAILED = "CONVERSION_FAILED"
    CONVERSION_STUCK = "CONVERSION_STUCK"
    LAUNCH_FAILED = "LAUNCH_FAILED"
    LAUNCH_STUCK = "LAUNCH_STUCK"
    NO_INSTANCE_ID = "NO_INSTANCE_ID"
    LOST_EVENT = "LOST_EVENT"
    # in a failback
    AGENT_STUCK = "AGENT_STUCK"
    FAILBACK_SYNC_FAILED = "FAILBACK_SYNC_FAILED"
    FAILBACK_SYNC_STUCK = "FAILBACK_SYNC_STUCK"
    # of replication and failback, while the rule is in force
    FAILBACK_STATE_UNAVAILABLE = "FAILBACK_STATE_UNAVAILABLE"
    REPLICATION_LAG = "REPLICATION_LAG"
    REPLICATION_STALLED = "REPLICATION_STALLED"
    RECOVERY_POINT_AGED_OUT = "RECOVERY_POINT_AGED_OUT"


# In the order in which they are checked, with the code that each one answers.
REFUSALS: Mapping[FaultKind, str] = {
    FaultKind.REGION_DISABLED: "UnrecognizedClientException",
    FaultKind.ACCESS_DENIED: "AccessDeniedException",
    FaultKind.UNINITIALIZED: "UninitializedAccountException",
    FaultKind.THROTTLE: "ThrottlingException",
    FaultKind.INTERNAL_ERROR: "InternalServerException",
    FaultKind.QUOTA_EXCEEDED: "ServiceQuotaExceededException",
    FaultKind.CONFLICT: "ConflictException",
}

# Conditions rather than events: they are neither counted nor drawn.
STANDING = (
    FaultKind.FAILBACK_STATE_UNAVAILABLE,
    FaultKind.REPLICATION_LAG,
    FaultKind.REPLICATION_STALLED,
    FaultKind.RECOVERY_POINT_AGED_OUT,
)
AROUND_CALLS = (FaultKind.SLOW_CALL, FaultKind.DELAYED_ANSWER, FaultKind.DROPPED_CONNECTION)

# Parameters each kind understands, with their types.
PARAMETERS: Mapping[FaultKind, Mapping[str, type]] = {
    FaultKind.THROTTLE: {"retryAfterSeconds": int},
    FaultKind.QUOTA_EXCEEDED: {"quotaCode": str},
    FaultKind.CONFLICT: {"message": str},
    FaultKind.INTERNAL_ERROR: {"message": str},
    FaultKind.ACCESS_DENIED: {"because": str},
    FaultKind.SLOW_CALL: {"delaySeconds": float},
    FaultKind.DELAYED_ANSWER: {"delaySeconds": float},
    FaultKind.DROPPED_CONNECTION: {"beforeAction": bool},
    FaultKind.LATE_START: {"delaySeconds": float},
    FaultKind.EMPTY_PARTICIPATING_SERVERS: {"forSeconds": float},
    FaultKind.SNAPSHOT_FAILED: {"rawError": str},
    FaultKind.SNAPSHOT_STUCK: {"forSeconds": float},
    FaultKind.CONVERSION_FAILED: {"rawError": str},
    FaultKind.CONVERSION_STUCK: {"forSeconds": float},
    FaultKind.LAUNCH_FAILED: {"rawError": str},
    FaultKind.LAUNCH_STUCK: {"forSeconds": float},
    FaultKind.NO_INSTANCE_ID: {"instanceExists": bool},
    FaultKind.LOST_EVENT: {"detailType": str},
    FaultKind.AGENT_STUCK: {"forSeconds": float},
    FaultKind.FAILBACK_SYNC_FAILED: {"error": str, "rawError": str},
    FaultKind.FAILBACK_SYNC_STUCK: {"forSeconds": float},
    FaultKind.REPLICATION_LAG: {"lagSeconds": float},
    FaultKind.REPLICATION_STALLED: {"error": str, "rawError": str},
    FaultKind.RECOVERY_POINT_AGED_OUT: {"olderThanSeconds": float, "snapshotIds": list, "afterStart": bool},
}
_MATCH_FIELDS = {"account", "region", "operation", "serverIds", "hostname", "jobIds"}
_RULE_FIELDS = {"id", "kind", "match", "times", "probability", "parameters"}


@dataclass(frozen=True, kw_only=True)
class Match:
    """What a rule applies to; None matches everything. A list matches when it shares one member."""

    account: str | None = None
    region: str | None = None
    operation: str | None = None
    server_ids: frozenset[str] | None = None
    hostname: str | None = None
    job_ids: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class FaultRule:
    """A rule as it was written; `times` None means always."""

    fault_id: str
    kind: FaultKind
    match: Match = Match()
    times: int | None = None
    probability: float = 1.0
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """Where a fault may occur. `key` makes the draw of its probability independent of the order of threads."""

    account: str
    region: str
    operation: str | None = None
    server_ids: Sequence[str] = ()
    hostnames: Sequence[str] = ()
    job_ids: Sequence[str] = ()
    detail_type: str | None = None
    key: str | None = None


@dataclass(kw_only=True)
class StandingFault:
    """A rule in force and how often it has applied."""

    rule: FaultRule
    added_at: datetime
    struck: int = 0
    looked: int = 0


class FaultBook:
    """The rules in force, in the order in which they were added; the first that matches applies."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._standing: dict[str, StandingFault] = {}
        self._added = 0

    def add(self, raw: Mapping[str, Any] | FaultRule, now: datetime, where: str = "fault") -> FaultRule:
        """Puts a rule in force; a rule without an id gets one. Raises `ScenarioError` naming the wrong field."""
        self._added += 1
        rule = raw if isinstance(raw, FaultRule) else decode_rule(raw, where, default_id=f"fault-{self._added}")
        if rule.fault_id in self._standing:
            raise ScenarioError(f"{where}.id", f"there is already a fault {rule.fault_id!r}")
        self._standing[rule.fault_id] = StandingFault(rule=rule, added_at=now)
        return rule

    def remove(self, fault_id: str) -> bool:
        """Removes a rule; False when there is no rule with that id."""
        return self._standing.pop(fault_id, None) is not None

    def clear(self) -> None:
        """Removes all rules."""
        self._standing.clear()

    def list_standing(self) -> list[StandingFault]:
        """All rules in force with their counts."""
        return list(self._standing.values())

    def has_any(self, kinds: Collection[FaultKind]) -> bool:
        """Whether a rule of one of these kinds is in force, used up or not."""
        return any(fault.rule.kind in kinds for fault in self.list_standing())

    def strike(self, kind: FaultKind, occasion: Occasion) -> FaultRule | None:
        """The rule that applies here, counted; None when there is none."""
        for fault in self._standing.values():
            if fault.rule.kind is kind and self._applies(fault, occasion):
                fault.struck += 1
                return fault.rule
        return None

    def find_standing(self, kind: FaultKind, occasion: Occasion) -> StandingFault | None:
        """A rule that describes a condition rather than an event: matched, not counted, never drawn."""
        for fault in self._standing.values():
            if fault.rule.kind is kind and matches(fault.rule.match, occasion):
                return fault
        return None

    def _applies(self, fault: StandingFault, occasion: Occasion) -> bool:
        rule = fault.rule
        if rule.times is not None and fault.struck >= rule.times:
            return False
        wanted = rule.parameters.get("detailType")
        if (wanted is not None and wanted != occasion.detail_type) or not matches(rule.match, occasion):
            return False
        fault.looked += 1
        if rule.probability >= 1:
            return True
        key = occasion.key if occasion.key is not None else f"call {fault.looked}"
        return random.Random(f"{self._seed}|{rule.fault_id}|{rule.kind}|{key}").random() < rule.probability


def matches(match: Match, occasion: Occasion) -> bool:
    """Whether a rule's match covers the occasion."""
    return (
        match.account in {None, occasion.account}
        and match.region in {None, occasion.region}
        and match.operation in {None, occasion.operation}
        and (match.server_ids is None or not match.server_ids.isdisjoint(occasion.server_ids))
        and (match.hostname is None or match.hostname in occasion.hostnames)
        and (match.job_ids is None or not match.job_ids.isdisjoint(occasion.job_ids))
    )


@cache
def refusals_of(operation: str) -> tuple[FaultKind, ...]:
    """The faults that can refuse an operation: AWS never answers it a code that its model does not declare."""
    return tuple(kind for kind, code in REFUSALS.items() if can_answer(operation, code))


def decode_rule(raw: Mapping[str, Any], where: str, *, default_id: str) -> FaultRule:
    """A rule from YAML or JSON. Raises `ScenarioError` naming the field."""
    _only_known(raw, _RULE_FIELDS, where)
    kind = _decode_kind(raw.get("kind"), f"{where}.kind")
    times = _typed(raw, "times", int, where)
    if times is not None and times < 1:
        raise ScenarioError(f"{where}.times", f"must be 1 or more, or null for always, not {times}")
    probability = _typed(raw, "probability", float, where)
    if probability is not None and not 0 <= probability <= 1:
        raise ScenarioError(f"{where}.probability", f"must be between 0 and 1, not {probability}")
    match = _decode_match({} if raw.get("match") is None else raw["match"], f"{where}.match")
    _refuse_senseless(kind, match, raw, where)
    parameters = {} if raw.get("parameters") is None else raw["parameters"]
    known = PARAMETERS.get(kind, {})
    _only_known(parameters, set(known), f"{where}.parameters")
    for name, wanted in known.items():
        if wanted is list:
            _texts(parameters, name, f"{where}.parameters")
        else:
            _typed(parameters, name, wanted, f"{where}.parameters")
    return FaultRule(
        fault_id=_typed(raw, "id", str, where) or default_id,
        kind=kind,
        match=match,
        times=times,
        probability=1.0 if probability is None else probability,
        parameters=dict(parameters),
    )


def rule_to_wire(fault: StandingFault) -> dict[str, Any]:
    """A rule in force as the admin endpoint shows it."""
    match = fault.rule.match
    shown = {
        "account": match.account,
        "region": match.region,
        "operation": match.operation,
        "serverIds": sorted(match.server_ids) if match.server_ids is not None else None,
        "hostname": match.hostname,
        "jobIds": sorted(match.job_ids) if match.job_ids is not None else None,
    }
    return {
        "id": fault.rule.fault_id,
        "kind": fault.rule.kind.value,
        "match": {name: value for name, value in shown.items() if value is not None},
        "times": fault.rule.times,
        "probability": fault.rule.probability,
        "parameters": dict(fault.rule.parameters),
        "struck": fault.struck,
    }


def _decode_kind(value: Any, where: str) -> FaultKind:
    try:
        return FaultKind(value)
    except ValueError:
        known = ", ".join(FaultKind)
        raise ScenarioError(where, f"must be one of {known}, not {value!r}") from None


def _refuse_senseless(kind: FaultKind, match: Match, raw: Mapping[str, Any], where: str) -> None:
    """A rule that could never apply as it is written is a mistake of its author."""
    if match.operation is not None and kind not in (*REFUSALS, *AROUND_CALLS):
        raise ScenarioError(f"{where}.match.operation", f"has no meaning for {kind}, which does not happen to a call")
    if match.operation is not None and kind in REFUSALS and kind not in refusals_of(match.operation):
        problem = f"{match.operation} never answers {REFUSALS[kind]}: the service model does not declare it"
        raise ScenarioError(f"{where}.match.operation", problem)
    for name in ("times", "probability"):
        if kind in STANDING and raw.get(name) is not None:
            raise ScenarioError(
                f"{where}.{name}", f"has no meaning for {kind}, which applies while the rule is in force"
            )


def _decode_match(raw: Mapping[str, Any], where: str) -> Match:
    _only_known(raw, _MATCH_FIELDS, where)
    operation = _typed(raw, "operation", str, where)
    if operation is not None and operation not in operation_names():
        raise ScenarioError(f"{where}.operation", f"DRS has no operation {operation!r}")
    server_ids, job_ids = _texts(raw, "serverIds", where), _texts(raw, "jobIds", where)
    return Match(
        account=_typed(raw, "account", str, where),
        region=_typed(raw, "region", str, where),
        operation=operation,
        server_ids=None if server_ids is None else frozenset(server_ids),
        hostname=_typed(raw, "hostname", str, where),
        job_ids=None if job_ids is None else frozenset(job_ids),
    )


def _only_known(raw: Any, known: set[str], where: str) -> None:
    if not isinstance(raw, Mapping):
        raise ScenarioError(where, "must be a mapping")
    unknown = sorted(str(name) for name in raw if name not in known)
    if unknown:
        names = ", ".join(sorted(known)) or "none"
        raise ScenarioError(f"{where}.{unknown[0]}", f"is not a known field (known: {names})")


def _typed(raw: Mapping[str, Any], name: str, wanted: type, where: str) -> Any:
    value = raw.get(name)
    if value is None:
        return None
    accepted = (int, float) if wanted is float else (wanted,)
    if not isinstance(value, accepted) or (isinstance(value, bool) and wanted is not bool):
        hint = {str: " (quote it: YAML reads digits as a number)", bool: " (write true or false)"}.get(wanted, "")
        raise ScenarioError(f"{where}.{name}", f"must be a {wanted.__name__}, not {value!r}{hint}")
    return value


def _texts(raw: Mapping[str, Any], name: str, where: str) -> list[str] | None:
    values: list[Any] | None = _typed(raw, name, list, where)
    for index, value in enumerate(values or ()):
        if not isinstance(value, str):
            hint = " (quote it: YAML reads digits as a number)" if isinstance(value, int) else ""
            raise ScenarioError(f"{where}.{name}[{index}]", f"must be text, not {value!r}{hint}")
    return values
