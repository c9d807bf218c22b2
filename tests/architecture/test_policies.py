"""Conditions of the functions' policies that must hold however AWS fills the keys that they compare."""

import json
from typing import Any

import pytest

from chalicelib.settings import APP_NAME
from chalicelib.store.tables import configuration
from local.aws_calls import RequiredPermission
from local.policies import Policies
from tests.architecture.templates import ROOT

NAMES = f"arn:aws:dynamodb:us-east-2:111122223333:table/{APP_NAME}-unique-names-qa"
ACCOUNTS = ("000000000000", "111122223333", "999999999999")
SCOPES = sorted({value for name, value in vars(configuration).items() if name.isupper() and isinstance(value, str)})
"""The scopes of ``unique-names``, and other constants of that module, which are none of the keys below either."""
IDEMPOTENCY_KEYS = "idempotency#start_execution#1"


def policy(function: str) -> Any:
    return json.loads((ROOT / ".chalice" / "policies" / "qa" / f"{function}.json").read_text())


def may_read(function: str, *keys: str) -> bool:
    """Whether the function may read a batch from ``unique-names``, when these are the keys that IAM compares."""
    context = {"dynamodb:LeadingKeys": keys, "aws:ResourceAccount": ("111122223333",)}
    context["aws:PrincipalAccount"] = ("111122223333",)
    needed = RequiredPermission(action="dynamodb:BatchGetItem", resource=NAMES, context=context)
    return Policies([policy(function)]).judge(needed).allowed


@pytest.mark.parametrize("function", ["api-handler", "query-handler"])
def test_registers_are_read_with_the_status_of_regions_whichever_keys_aws_compares(function: str) -> None:
    """Those of the one table, or those of both tables of the batch; AWS does not document which."""
    assert may_read(function, configuration.REGISTERS)
    assert may_read(function, configuration.REGISTERS, *ACCOUNTS)


@pytest.mark.parametrize("function", ["api-handler", "query-handler"])
def test_nothing_else_of_the_unique_names_is_opened_by_that(function: str) -> None:
    assert {configuration.REGISTERS, configuration.ACCOUNTS, configuration.PLAN_NAMES} <= set(SCOPES)
    for scope in {*SCOPES, IDEMPOTENCY_KEYS} - {configuration.REGISTERS, configuration.NEWEST_SYNCS}:
        assert not may_read(function, scope), scope
        assert not may_read(function, configuration.REGISTERS, scope), scope
        assert not scope[0].isdigit(), "the policy allows keys that begin with a digit, as account numbers do"


@pytest.mark.parametrize("function", ["api-handler", "query-handler", "metrics"])
def test_the_newest_syncs_are_read_and_nothing_beside_them(function: str) -> None:
    assert may_read(function, configuration.NEWEST_SYNCS)
    for scope in {*SCOPES, IDEMPOTENCY_KEYS} - {configuration.NEWEST_SYNCS}:
        assert not may_read(function, configuration.NEWEST_SYNCS, scope), scope
        assert function != "metrics" or not may_read(function, scope), scope
