"""ID tokens of the user pool: what counts as one, and that nothing else does."""

import base64
import functools
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import RSAKey

from chalicelib.domain.access.tokens import (
    CLOCK_SKEW,
    PoolKey,
    UserPool,
    is_same_token,
    principal_of,
    read_keys,
    read_token,
    verify_token,
)
from chalicelib.domain.errors import NotSignedIn

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
POOL = UserPool("us-east-2", "us-east-2_abc", "client-1")
SECONDS = int(NOW.timestamp())
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
CLAIMS: dict[str, Any] = {
    "iss": "https://cognito-idp.us-east-2.amazonaws.com/us-east-2_abc",
    "aud": "client-1",
    "sub": "7d3c",
    "token_use": "id",
    "iat": SECONDS - 10,
    "exp": SECONDS + 890,
    "jti": "j-1",
    "email": "ada@example.com",
    "email_verified": True,
    "cognito:username": "7d3c",
    "cognito:groups": ["DRSOperator", "on call"],
}


@functools.cache
def rsa_key(number: int = 1) -> RSAKey:
    """The pool's key, or another one of the same name. Made when it is needed: every process imports this module."""
    return RSAKey.generate_key(2_048, {"kid": "one"})


def a_token(changes: dict[str, Any] | None = None, *, signed_by: RSAKey | None = None, **head: Any) -> str:
    claims = {name: value for name, value in {**CLAIMS, **(changes or {})}.items() if value is not None}
    return jwt.encode({"alg": "RS256", "kid": "one", **head}, claims, signed_by or rsa_key())


def jwks(*keys: RSAKey, **changes: Any) -> bytes:
    listed = [{**key.as_dict(private=False), "use": "sig", "alg": "RS256", **changes} for key in keys]
    return json.dumps({"keys": listed}).encode()


def verified(text: str, now: datetime = NOW) -> Any:
    token = read_token(text)
    return verify_token(token, read_keys(jwks(rsa_key())).get(token.key_id), POOL, now)


def test_a_token_of_the_pool_names_its_person() -> None:
    person = principal_of(verified(a_token()))
    assert (person.name, person.person, person.verified) == ("ada@example.com", "7d3c", True)
    assert person.groups == ("DRSOperator", "on call")
    assert principal_of(verified(f"Bearer {a_token()}")) == person


@pytest.mark.parametrize("proven", [False, "false", None])
def test_an_address_that_was_not_confirmed_is_not_a_name(proven: Any) -> None:
    assert principal_of(verified(a_token({"email_verified": proven}))).name == "7d3c"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://cognito-idp.us-east-2.amazonaws.com/us-east-2_other"},
        {"aud": "client-2"},
        {"aud": ["client-1", "client-2"]},
        {"token_use": "access"},
        {"exp": SECONDS - 61},
        {"exp": None},
        {"exp": "never"},
        {"iat": SECONDS + 61},
        {"nbf": SECONDS + 61},
        {"sub": ""},
        {"sub": None},
        {"sub": 5},
        {"cognito:groups": "DRSOrchestrationAdmin"},
    ],
)
def test_a_token_for_something_else_or_another_time_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(NotSignedIn):
        verified(a_token(changes))


def test_clocks_may_differ_by_a_minute() -> None:
    assert CLOCK_SKEW.total_seconds() == 60
    assert verified(a_token({"exp": SECONDS - 59, "iat": SECONDS + 59}))


def test_a_token_of_another_key_is_refused() -> None:
    with pytest.raises(NotSignedIn, match="not signed by the user pool"):
        verified(a_token(signed_by=rsa_key(2)))
    with pytest.raises(NotSignedIn, match="not signed by the user pool"):
        verified(a_token(kid="two"))


def unsigned(head: dict[str, Any], signature: str) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (head, CLAIMS))
    return ".".join([*parts, signature])


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS512", "rs256", "", None])
def test_only_rs256_counts(algorithm: Any) -> None:
    with pytest.raises(NotSignedIn):
        verified(unsigned({"alg": algorithm, "kid": "one"}, "AA"))
    with pytest.raises(NotSignedIn):
        verified(unsigned({"alg": "RS256", "kid": "one", "crit": ["exp"]}, VALID.rpartition(".")[2]))


def broken_tokens() -> Iterator[str]:
    yield from ("", ".", "..", "a.b", "a.b.c.d", "Bearer", "Bearer ", "x" * 10_000, "é.é.é", "a b.c.d", "A.A.A")
    head, claims, signature = a_token().split(".")
    yield f"{head}.{claims}."
    yield f"{head}.{claims}.{signature}="
    yield f"{head}.{claims}.{signature}\n.x"
    yield f"{head}.{claims}.{signature[:-4]}"
    yield f"{head}.{claims}.AAAA{signature}"
    yield f"{base64.urlsafe_b64encode(b'[1]').decode()}.{claims}.{signature}"


def test_what_is_not_a_token_is_refused_and_not_repeated() -> None:
    for text in broken_tokens():
        with pytest.raises(NotSignedIn) as refused:
            verified(text)
        assert "Sign in" in refused.value.message
        assert len(text) < 20 or text not in refused.value.message


VALID = a_token()


@given(st.integers(0, len(VALID) - 1), st.sampled_from("ABCDwxyz0189-_."))
def test_no_changed_token_is_accepted_as_something_else(position: int, sign: str) -> None:
    changed = VALID[:position] + sign + VALID[position + 1 :]
    try:
        claims = verified(changed)
    except NotSignedIn:
        return
    # The last sign of the signature has bits that stand for nothing.
    assert principal_of(claims) == principal_of(verified(VALID))
    assert changed.rpartition(".")[0] == VALID.rpartition(".")[0]


@given(st.binary(min_size=256, max_size=256))
def test_no_other_signature_is_accepted(signature: bytes) -> None:
    text = base64.urlsafe_b64encode(signature).decode().rstrip("=")
    with pytest.raises(NotSignedIn):
        verified(f"{VALID.rpartition('.')[0]}.{text}")


def test_padding_that_a_careless_parser_accepts_is_refused() -> None:
    """With exponent 3 anybody can make a signature whose beginning is right (Bleichenbacher, 2006)."""
    weak = PoolKey(next(iter(read_keys(jwks(rsa_key())).values())).modulus, 3)
    token = read_token(VALID)
    wanted = b"\x00\x01\xff\x00" + SHA256_INFO + hashlib.sha256(token.signed).digest()
    root = cube_root_above(int.from_bytes(wanted) << 8 * (256 - len(wanted)))
    assert (root**3).to_bytes(256).startswith(wanted), "the forgery begins as it should"
    forged = msgspec.structs.replace(token, signature=root.to_bytes(256))
    with pytest.raises(NotSignedIn):
        verify_token(forged, weak, POOL, NOW)


def cube_root_above(number: int) -> int:
    low, high = 0, 1 << (number.bit_length() // 3 + 1)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if middle**3 >= number else (middle + 1, high)
    return low


@pytest.mark.parametrize("changes", [{"use": "enc"}, {"alg": "RS512"}, {"kty": "oct"}, {"e": "AA"}, {"n": "AQAB"}])
def test_keys_for_something_else_and_weak_keys_are_left_out(changes: dict[str, Any]) -> None:
    assert read_keys(jwks(rsa_key(), **changes)) == {}


@pytest.mark.parametrize("document", [b"", b"[]", b"{}", b'{"keys": 5}', b"<html>", b'{"keys": [{"kid": "x"}]}'])
def test_a_document_without_keys_gives_none(document: bytes) -> None:
    try:
        assert read_keys(document) == {}
    except ValueError:
        return


def test_the_claims_that_were_verified_at_the_edge_are_compared_as_texts() -> None:
    claims = verified(a_token())
    at_the_edge = {**CLAIMS, "exp": "Sun Mar 01 03:14:50 UTC 2026", "cognito:groups": "DRSOperator,on call"}
    assert is_same_token(claims, at_the_edge)
    for name in ("sub", "jti", "aud", "iss", "token_use"):
        assert not is_same_token(claims, {**at_the_edge, name: "other"})
