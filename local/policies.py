"""Judges IAM policies as AWS does: an explicit Deny wins, then an Allow; all else is denied.

An unknown condition operator never allows anything: it makes an Allow fail and a Deny apply.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from local.aws_calls import RequiredPermission

_VARIABLE = re.compile(r"\$\{(?P<key>[\w:/-]+)\}")


@dataclass(frozen=True)
class Verdict:
    """Whether an action is allowed, and the statement or the lack of one that decided."""

    allowed: bool
    reason: str


class Policies:
    """The policies of one identity, read once."""

    def __init__(self, documents: Sequence[Mapping[str, Any]]) -> None:
        self._statements = [_Statement.read(statement) for statement in _statements(documents)]
        self._by_action: dict[str, tuple[_Statement, ...]] = {}

    def judge(self, needed: RequiredPermission) -> Verdict:
        """Judge one action on one resource by all statements; without a resource, the action alone."""
        allowed: Verdict | None = None
        for statement in self._about(needed.action):
            if not (needed.resource is None or statement.resources.have(needed.resource)):
                continue
            if statement.effect == "Deny":
                if _conditions_hold(statement.conditions, needed.context, when_unknown=True):
                    return Verdict(allowed=False, reason=f"{statement.sid} denies it")
            elif _conditions_hold(statement.conditions, needed.context, when_unknown=False):
                allowed = Verdict(allowed=True, reason=f"{statement.sid} allows it")
        return allowed or Verdict(allowed=False, reason="no statement allows it")

    def _about(self, action: str) -> tuple["_Statement", ...]:
        found = self._by_action.get(action)
        if found is None:
            found = tuple(statement for statement in self._statements if statement.actions.have(action))
            self._by_action[action] = found
        return found


@dataclass(frozen=True)
class _Named:
    """What one element of a statement names, or with `Not` before its name all else."""

    patterns: tuple[str, ...]
    but: bool
    ignore_case: bool

    @classmethod
    def read(cls, statement: Mapping[str, Any], element: str, *, ignore_case: bool = False) -> "_Named":
        but = f"Not{element}" in statement
        patterns = _strings(statement.get(f"Not{element}" if but else element))
        return cls(patterns, but=but, ignore_case=ignore_case)

    def have(self, value: str) -> bool:
        return _like_one(value, self.patterns, ignore_case=self.ignore_case) is not self.but


_Conditions = tuple[tuple[str, str, tuple[str, ...]], ...]
"""(operator, key, values) of each."""


@dataclass(frozen=True)
class _Statement:
    sid: str
    effect: str
    actions: _Named
    resources: _Named
    conditions: _Conditions

    @classmethod
    def read(cls, statement: Mapping[str, Any]) -> "_Statement":
        return cls(
            sid=statement.get("Sid", "a statement without a name"),
            effect=statement["Effect"],
            actions=_Named.read(statement, "Action", ignore_case=True),
            resources=_Named.read(statement, "Resource"),
            conditions=_conditions(statement),
        )


def trusts(document: Mapping[str, Any], *, caller_arn: str, caller_account: str, external_id: str | None) -> Verdict:
    """Whether a role's trust policy lets the caller, with this external id, assume the role."""
    context = {"aws:PrincipalArn": (caller_arn,)}
    if external_id is not None:
        context["sts:ExternalId"] = (external_id,)
    for statement in _statements([document]):
        if statement.get("Effect") != "Allow" or "sts:AssumeRole" not in _strings(statement.get("Action")):
            continue
        if not _names_caller(statement.get("Principal", {}), caller_arn, caller_account):
            continue
        if _conditions_hold(_conditions(statement), context, when_unknown=False):
            return Verdict(allowed=True, reason="the trust policy names the caller")
    return Verdict(allowed=False, reason="the role's trust policy does not accept this caller with this external id")


def _names_caller(principal: Any, caller_arn: str, caller_account: str) -> bool:
    if principal == "*":
        return True
    for entry in _strings(principal.get("AWS")):
        if entry in ("*", caller_account) or re.fullmatch(rf"arn:aws[\w-]*:iam::{caller_account}:root", entry):
            return True
        if _like(caller_arn, entry):
            return True
    return False


def _statements(documents: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for document in documents:
        statements = document.get("Statement", [])
        found.extend([statements] if isinstance(statements, dict) else statements)
    return found


def _conditions(statement: Mapping[str, Any]) -> _Conditions:
    return tuple(
        (operator, key, _strings(wanted))
        for operator, tests in statement.get("Condition", {}).items()
        for key, wanted in tests.items()
    )


def _conditions_hold(conditions: _Conditions, context: Mapping[str, tuple[str, ...]], *, when_unknown: bool) -> bool:
    for operator, key, wanted in conditions:
        held = _condition_holds(operator, [_filled(text, context) for text in wanted], context.get(key))
        if not (when_unknown if held is None else held):
            return False
    return True


def _filled(text: str, context: Mapping[str, tuple[str, ...]]) -> str:
    """A value of a policy with its variables replaced, such as ``${aws:PrincipalAccount}``."""
    if "${" not in text:
        return text
    return _VARIABLE.sub(lambda found: next(iter(context.get(found["key"], ())), found[0]), text)


def _condition_holds(operator: str, wanted: list[str], actual: tuple[str, ...] | None) -> bool | None:
    """None for an unknown operator."""
    quantifier, _, name = operator.rpartition(":")
    if name.endswith("IfExists"):
        if actual is None:
            return True
        name = name.removesuffix("IfExists")
    if name == "Null":
        return (actual is None) == (wanted == ["true"])
    matches = _MATCHES.get(name)
    if matches is None:
        return None
    if actual is None:
        # As in AWS: where there are no values, all of them match.
        return quantifier == "ForAllValues" or "Not" in name
    if quantifier == "ForAllValues":
        return all(matches(value, wanted) for value in actual)
    return any(matches(value, wanted) for value in actual)


def _equals(value: str, wanted: list[str]) -> bool:
    return value in wanted


def _differs(value: str, wanted: list[str]) -> bool:
    return value not in wanted


def _is_like(value: str, wanted: list[str]) -> bool:
    return any(_like(value, pattern) for pattern in wanted)


def _is_unlike(value: str, wanted: list[str]) -> bool:
    return not _is_like(value, wanted)


_MATCHES: Mapping[str, Callable[[str, list[str]], bool]] = {
    "StringEquals": _equals,
    "ArnEquals": _equals,
    "StringNotEquals": _differs,
    "StringLike": _is_like,
    "ArnNotEquals": _differs,
    "ArnNotLike": _is_unlike,
    "ArnLike": _is_like,
    "Bool": _equals,
}


def _strings(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(
        str(entry).lower() if isinstance(entry, bool) else str(entry)
        for entry in (value if isinstance(value, list) else [value])
    )


@lru_cache(maxsize=16384)
def _like_one(value: str, patterns: tuple[str, ...], *, ignore_case: bool = False) -> bool:
    return any(_like(value, pattern, ignore_case=ignore_case) for pattern in patterns)


def _like(value: str, pattern: str, *, ignore_case: bool = False) -> bool:
    return _compiled(pattern, ignore_case).fullmatch(value) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.compile(expression, re.IGNORECASE | re.DOTALL if ignore_case else re.DOTALL)
