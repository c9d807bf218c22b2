"""Judges IAM policies as AWS does: an explicit Deny wins, then an Allow; all else is denied.

An unknown condition operator never allows anything: it makes an Allow fail and a Deny apply.
"""

import re
from collections.abc import Mapping, Sequence
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


def judge(documents: Sequence[Mapping[str, Any]], needed: RequiredPermission) -> Verdict:
    """Judge one action on one resource by all `documents`; without a resource, the action alone."""
    allowed: Verdict | None = None
    for statement in _statements(documents):
        if not _covers(statement, needed):
            continue
        sid = statement.get("Sid", "a statement without a name")
        if statement["Effect"] == "Deny":
            if _conditions_hold(statement, needed.context, when_unknown=True):
                return Verdict(allowed=False, reason=f"{sid} denies it")
        elif _conditions_hold(statement, needed.context, when_unknown=False):
            allowed = Verdict(allowed=True, reason=f"{sid} allows it")
    return allowed or Verdict(allowed=False, reason="no statement allows it")


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
        if _conditions_hold(statement, context, when_unknown=False):
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


def _covers(statement: Mapping[str, Any], needed: RequiredPermission) -> bool:
    if "NotAction" in statement:
        action = not _like_one(needed.action, _strings(statement["NotAction"]), ignore_case=True)
    else:
        action = _like_one(needed.action, _strings(statement.get("Action")), ignore_case=True)
    if not action or needed.resource is None:
        return action
    if "NotResource" in statement:
        return not _like_one(needed.resource, _strings(statement["NotResource"]))
    return _like_one(needed.resource, _strings(statement.get("Resource")))


def _conditions_hold(
    statement: Mapping[str, Any], context: Mapping[str, tuple[str, ...]], *, when_unknown: bool
) -> bool:
    for operator, tests in statement.get("Condition", {}).items():
        for key, wanted in tests.items():
            filled = [_filled(text, context) for text in _strings(wanted)]
            held = _condition_holds(operator, filled, context.get(key))
            if held is None:
                held = when_unknown
            if not held:
                return False
    return True


def _filled(text: str, context: Mapping[str, tuple[str, ...]]) -> str:
    """A value of a policy with its variables replaced, such as ``${aws:PrincipalAccount}``."""
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
    matches = {
        "StringEquals": lambda value: value in wanted,
        "ArnEquals": lambda value: value in wanted,
        "StringNotEquals": lambda value: value not in wanted,
        "StringLike": lambda value: any(_like(value, pattern) for pattern in wanted),
        "ArnNotEquals": lambda value: value not in wanted,
        "ArnNotLike": lambda value: not any(_like(value, pattern) for pattern in wanted),
        "ArnLike": lambda value: any(_like(value, pattern) for pattern in wanted),
        "Bool": lambda value: value in wanted,
    }.get(name)
    if matches is None:
        return None
    if actual is None:
        # As in AWS: where there are no values, all of them match.
        return quantifier == "ForAllValues" or "Not" in name
    if quantifier == "ForAllValues":
        return all(matches(value) for value in actual)
    return any(matches(value) for value in actual)


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
