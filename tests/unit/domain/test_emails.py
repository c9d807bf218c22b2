"""E-mail addresses of plans."""

import pytest

from chalicelib.calls.decoding import decode
from chalicelib.domain.access.masking import mask_address
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.text import MAX_ADDRESSES, address_problems, plain_address
from chalicelib.operations.plans import CreateRecoveryPlan


@pytest.mark.parametrize("address", ["ops@example.com", " On.Call+dr@sub.Example.co.uk "])
def test_valid_addresses_are_accepted(address: str) -> None:
    assert address_problems("emails", [address]) == []


@pytest.mark.parametrize(
    "address", ["", "ops", "ops@", "@example.com", "ops@localhost", "a b@example.com", "ops@example.com\nBcc: x@y.zz"]
)
def test_invalid_addresses_are_refused(address: str) -> None:
    assert [problem.field for problem in address_problems("emails", ["ok@example.com", address])] == ["emails[1]"]


def test_an_address_may_be_listed_only_once() -> None:
    assert [problem.field for problem in address_problems("emails", ["a@example.com", "A@Example.com"])] == [
        "emails[1]"
    ]


def test_there_is_a_limit() -> None:
    many = [f"a{number}@example.com" for number in range(MAX_ADDRESSES + 1)]
    content = {"name": "x", "waves": [], "notificationEmails": many}
    with pytest.raises(InvalidRequest) as refused:
        decode(CreateRecoveryPlan, content)
    assert [problem.field for problem in refused.value.problems] == ["notificationEmails"]


def test_an_address_is_kept_in_lower_case_and_shown_short() -> None:
    assert plain_address(" Ops@Example.com ") == "ops@example.com"
    assert mask_address("ops@example.com") == "o***@example.com"
