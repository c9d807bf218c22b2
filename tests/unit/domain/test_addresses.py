"""E-mail addresses of plans."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.calls.decoding import decode
from chalicelib.domain.access.masking import mask_address
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.notices.addresses import MAX_ADDRESSES, address_problems, plain_address
from chalicelib.operations.plans import CreateRecoveryPlan

VALID = [
    "ops@example.com",
    " On.Call+dr@sub.Example.co.uk ",
    "user@example.xn--p1ai",
    "user@xn--e1afmkfd.xn--p1ai",
    "o'brien!#$%&*/=?^_`{|}~@a-b.example",
    f"{'l' * 64}@{'d' * 63}.com",
    "1@2.museum",
]
REFUSED = [
    *[(address, "must be an e-mail address") for address in ("", "ops", "ops@", "@example.com")],
    ("ops@localhost", "complete domain"),
    *[
        (address, "dots only between them")
        for address in ("a b@example.com", ".ops@example.com", "o..ps@example.com", "ops.@example.com", "a@b@c.com")
    ],
    ("ops@example.com\nBcc: x@y.zz", "dots only between them"),
    ("ops@exam\nple.com", "in its domain"),
    ('"on call"@example.com', "without quotation marks"),
    ("Ops <ops@example.com>", "without a name and angle brackets"),
    ("öps@example.com", "not ASCII"),
    ("o\u212as@example.com", "not ASCII"),
    ("user@пример.рф", "ASCII form"),
    ("user@example.рф", "ASCII form"),
    ("ops@[192.0.2.1]", "not an IP address"),
    ("ops@192.0.2.1", "top-level domain"),
    ("ops@example.c", "top-level domain"),
    *[(f"ops@{domain}", "in its domain") for domain in ("example..com", "-a.com", "a-.com", "a_b.com", "example.com.")],
    *[(f"ops@{domain}", "in another script") for domain in ("xn--0.com", "xn--zzzzzzzzzzzz9.com")],
    (f"{'l' * 65}@example.com", "at most 64 characters before the @"),
    (f"ops@{'d' * 64}.com", "with 64 characters"),
    (f"ops@{'d' * 60}.{'d' * 60}.{'d' * 60}.{'d' * 60}.example.com", "at most 254"),
]


@pytest.mark.parametrize("address", VALID)
def test_valid_addresses_are_accepted(address: str) -> None:
    assert address_problems("emails", [address]) == []


@pytest.mark.parametrize(("address", "remedy"), REFUSED)
def test_other_addresses_are_refused_with_the_reason(address: str, remedy: str) -> None:
    (problem,) = address_problems("emails", ["ok@example.com", address])
    assert problem.field == "emails[1]"
    assert remedy in problem.message


ATOMS = st.text("abcxyz0189!#$%&'*+/=?^_`{|}~-", min_size=1, max_size=15)
LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True).filter(
    lambda it: not it.startswith("xn--")
)
OTHER_SCRIPTS = st.text(st.characters(min_codepoint=0x430, max_codepoint=0x44F), min_size=1, max_size=12).map(
    lambda name: f"xn--{name.encode('punycode').decode()}"
)
DOMAINS = st.tuples(
    st.lists(LABELS | OTHER_SCRIPTS, min_size=1, max_size=4), st.sampled_from(["com", "museum"]) | OTHER_SCRIPTS
).map(lambda parts: ".".join((*parts[0], parts[1])))


@given(st.lists(ATOMS, min_size=1, max_size=3).map(".".join), DOMAINS)
def test_an_address_of_allowed_parts_is_accepted_in_any_spelling(local: str, domain: str) -> None:
    address = f"{local}@{domain}"
    expected = [] if len(address) <= 254 else ["emails[0]"]
    for spelled in (address, address.upper(), f"  {address} "):
        assert [problem.field for problem in address_problems("emails", [spelled])] == expected


@given(st.text(max_size=40) | st.tuples(st.text(max_size=20), st.text(max_size=20)).map("@".join))
def test_an_accepted_address_is_ascii_and_safe_to_send(address: str) -> None:
    if not address_problems("emails", [address]):
        plain = plain_address(address)
        assert plain.isascii()
        assert plain.isprintable()
        assert not set(plain) & set(' "<>,;:()[]\\')
        assert plain.count("@") == 1


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
