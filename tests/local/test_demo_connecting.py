"""The walk that connects an account fails when the API answers something else than it must; no cloud is started."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from chalicelib.domain.estate.account_checks import AccountAccess, AccountCheck
from chalicelib.domain.estate.inventory import RegionState
from chalicelib.operations.accounts import AccountValidation, AccountView
from local.demo.connecting import NotConnected, connect
from local.demo.narration import Narrator
from local.demo.rest import RestClient
from local.world import TargetAccount
from tests.unit.domain.records import NOON

ACCOUNT = TargetAccount(
    account_id="333344445555",
    name="Stock",
    regions=("us-west-2",),
    read_role_arn="arn:read",
    operate_role_arn="arn:operate",
    external_id="example-external-id-000A",
)


class Api(RestClient):
    """An API whose validations are given; it keeps the bodies that it gets."""

    def __init__(self, *validations: AccountValidation) -> None:
        self.bodies: list[Any] = []
        self._validations = list(validations)

    def post(self, path: str, body: Any, _: Any, *, idempotency_key: str) -> Any:
        self.bodies.append(body)
        return self._validations.pop(0) if path.endswith("/validate") else view(1)

    def put(self, _: str, body: Any, __: Any) -> Any:
        self.bodies.append(body)
        return view(2)


def view(version: int) -> AccountView:
    return AccountView("333344445555", "Stock", "arn:read", "arn:operate", True, ("us-west-2",), version, NOON, "admin")


def validation(*states: RegionState) -> AccountValidation:
    checks = tuple(
        AccountCheck(access, "assume the role", "", state, "It is so.", "Do this.")
        for access, state in zip(AccountAccess, states, strict=True)
    )
    return AccountValidation("333344445555", set(states) == {RegionState.ACTIVE}, NOON, checks, ())


USABLE = validation(RegionState.ACTIVE, RegionState.ACTIVE)
REFUSED = validation(RegionState.ROLE_NOT_ASSUMABLE, RegionState.ROLE_NOT_ASSUMABLE)


@pytest.fixture
def walk() -> Callable[..., str]:
    """Connects the account through an API; returns what was printed."""

    def run(api: Api) -> str:
        printed = io.StringIO()
        narrator = Narrator(Console(file=printed, width=200))
        connect(ACCOUNT, "Stock", client=api, actor="admin", narrator=narrator)
        return printed.getvalue()

    return run


def test_the_external_id_is_wrong_first_and_then_right_and_never_printed(walk: Callable[..., str]) -> None:
    api = Api(REFUSED, USABLE)
    printed = walk(api)
    given = [body["externalId"] for body in api.bodies if "externalId" in body]
    assert given == ["example-external-id-000B", "example-external-id-000A"]
    assert not any(secret in printed for secret in given)
    assert "« Not usable. READ role: ROLE_NOT_ASSUMABLE. It is so." in printed
    assert "« Remedy: Do this." in printed


@pytest.mark.parametrize(
    ("validations", "message"),
    [
        ((USABLE,), "the validation found: no fault"),
        ((validation(RegionState.ROLE_NOT_ASSUMABLE, RegionState.ACTIVE),), "the validation found: assume the role"),
        ((validation(RegionState.UNREACHABLE, RegionState.UNREACHABLE),), "(READ) UNREACHABLE"),
        ((REFUSED, REFUSED), "is not usable: assume the role (READ) ROLE_NOT_ASSUMABLE"),
    ],
)
def test_another_result_of_a_validation_fails_the_demonstration(
    walk: Callable[..., str], validations: tuple[AccountValidation, ...], message: str
) -> None:
    with pytest.raises(NotConnected) as failed:
        walk(Api(*validations))
    assert message in str(failed.value)
