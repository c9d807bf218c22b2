"""Verifies the ID tokens of the user pool: signature, issuer, client, use and times. It fetches nothing.

Only the check of an RS256 signature with a public key is implemented (RFC 8017, section 8.2.2): the library that also
signs and encrypts is larger than everything else that is deployed. See docs/adr/0052-tokens-verified-here.md.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

import msgspec

from ..errors import NotSignedIn
from ..typed_json import read_json
from .permissions import Principal, PrincipalType

T = TypeVar("T")

CLOCK_SKEW = timedelta(seconds=60)
"""How far the clocks of Cognito and of a function may differ."""

MOST_TOKEN_CHARACTERS = 8_192
_FORM = re.compile(r"(?P<head>[A-Za-z0-9_-]+)\.(?P<claims>[A-Za-z0-9_-]+)\.(?P<signature>[A-Za-z0-9_-]+)", re.ASCII)
_BEARER = "bearer "
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
"""What stands before a SHA-256 digest in a signature (RFC 8017, section 9.2)."""

_FEWEST_BITS, _MOST_BITS = 2_048, 4_096


class UserPool(msgspec.Struct, frozen=True):
    """The user pool whose tokens count, and the client that they must be issued for."""

    region: str
    pool_id: str
    client_id: str

    @property
    def issuer(self) -> str:
        return f"https://cognito-idp.{self.region}.amazonaws.com/{self.pool_id}"


class PoolKey(msgspec.Struct, frozen=True):
    """A public RSA key of the pool."""

    modulus: int
    exponent: int


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """The claims of an ID token that are read; ``email_verified`` is the text ``true`` in some tokens."""

    iss: str
    aud: str
    sub: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    token_use: str
    exp: int
    iat: int
    nbf: int = 0
    jti: str = ""
    email: str = ""
    email_verified: bool | str = False
    username: str = msgspec.field(name="cognito:username", default="")
    groups: tuple[str, ...] = msgspec.field(name="cognito:groups", default=())


class _Head(msgspec.Struct, frozen=True):
    alg: str
    kid: str
    crit: Any = None


class _Jwk(msgspec.Struct, frozen=True):
    kty: str = ""
    kid: str = ""
    use: str = "sig"
    alg: str = "RS256"
    n: str = ""
    e: str = ""


class _Jwks(msgspec.Struct, frozen=True):
    keys: list[_Jwk]


class IdToken(msgspec.Struct, frozen=True):
    """A token that has been read and not been verified."""

    key_id: str
    claims: Claims
    signed: bytes
    signature: bytes


def read_token(text: str) -> IdToken:
    """The token in an Authorization header, with or without ``Bearer``. Raises NotSignedIn if it cannot be read."""
    bare = text[len(_BEARER) :].strip() if text[: len(_BEARER)].lower() == _BEARER else text.strip()
    form = _FORM.fullmatch(bare) if len(bare) <= MOST_TOKEN_CHARACTERS else None
    if form is None:
        raise NotSignedIn("The sign-in token is not an ID token. Sign in and send the request again.")
    head = _part(form["head"], _Head)
    if head.alg != "RS256" or head.crit is not None:
        raise NotSignedIn("The sign-in token is not signed with RS256. Sign in and send the request again.")
    signed = f"{form['head']}.{form['claims']}".encode()
    return IdToken(head.kid, _part(form["claims"], Claims), signed, _bytes(form["signature"]))


def verify_token(token: IdToken, key: PoolKey | None, pool: UserPool, now: datetime) -> Claims:
    """The claims of a token that the pool has signed for its client and that is valid now. Raises NotSignedIn.

    ``key`` is the pool's key with the token's key id; None if it has no such key.
    """
    if key is None or not _is_signed(token, key):
        raise NotSignedIn("The sign-in token was not signed by the user pool. Sign in and send the request again.")
    claims = token.claims
    if (claims.iss, claims.aud, claims.token_use) != (pool.issuer, pool.client_id, "id"):
        raise NotSignedIn("The sign-in token was issued for something else. Sign in and send the request again.")
    moment, skew = now.timestamp(), CLOCK_SKEW.total_seconds()
    if moment >= claims.exp + skew:
        raise NotSignedIn("The sign-in token has expired. Sign in and send the request again.")
    if max(claims.iat, claims.nbf) > moment + skew:
        raise NotSignedIn("The sign-in token is not valid yet. Sign in and send the request again.")
    return claims


def principal_of(claims: Claims) -> Principal:
    """The person of a verified token. The name is for people: the e-mail if it was confirmed, else the user name."""
    proven = str(claims.email_verified).lower() == "true"
    name = claims.email if claims.email and proven else claims.username or claims.sub
    return Principal(PrincipalType.USER, name, claims.email, claims.groups, verified=True, subject=claims.sub)


def is_same_token(claims: Claims, received: Mapping[str, Any]) -> bool:
    """Whether these are the claims that API Gateway has verified, which it passes on as texts."""
    own = msgspec.to_builtins(claims)
    return all(str(received.get(name, "")) == str(own[name]) for name in ("iss", "aud", "sub", "token_use", "jti"))


def read_keys(document: bytes) -> dict[str, PoolKey]:
    """The keys for RS256 in a JWK set, by their ids. Raises ValueError for a document that is not one."""
    listed = read_json(document, _Jwks).keys
    found = {item.kid: PoolKey(_number(item.n), _number(item.e)) for item in listed if _is_for_signatures(item)}
    return {key_id: key for key_id, key in found.items() if _is_sound(key)}


def _is_for_signatures(item: _Jwk) -> bool:
    return (item.kty, item.use, item.alg) == ("RSA", "sig", "RS256") and bool(item.kid and item.n and item.e)


def _is_sound(key: PoolKey) -> bool:
    is_odd = key.modulus % 2 == key.exponent % 2 == 1
    return is_odd and _FEWEST_BITS <= key.modulus.bit_length() <= _MOST_BITS and 3 <= key.exponent < 2**32


def _is_signed(token: IdToken, key: PoolKey) -> bool:
    """Builds the only text that a valid signature can hold and compares it whole, so that no padding is parsed."""
    size = (key.modulus.bit_length() + 7) // 8
    number = int.from_bytes(token.signature)
    if len(token.signature) != size or number >= key.modulus:
        return False
    digest = _SHA256 + hashlib.sha256(token.signed).digest()
    expected = b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest
    return hmac.compare_digest(pow(number, key.exponent, key.modulus).to_bytes(size), expected)


def _part(text: str, kind: type[T]) -> T:
    try:
        return read_json(_bytes(text), kind)
    except (ValueError, RecursionError):
        raise NotSignedIn("The sign-in token cannot be read. Sign in and send the request again.") from None


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise NotSignedIn("The sign-in token cannot be read. Sign in and send the request again.") from None


def _number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
