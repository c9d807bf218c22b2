"""Verifies the tokens of the user pool as API Gateway's Cognito authorizer does; issues none."""

import threading
import time
from collections.abc import Callable
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet


class TokenVerifier:
    """Accepts only ID tokens of one user pool and client, signed by the pool, not expired.

    `fetch_keys` returns the pool's key set (JWKS).
    """

    def __init__(self, *, issuer: str, client_id: str, fetch_keys: Callable[[], dict[str, Any]]) -> None:
        self._issuer, self._client_id, self._fetch_keys = issuer, client_id, fetch_keys
        self._lock = threading.Lock()
        self._keys: KeySet | None = None

    def claims_of(self, header: str | None) -> dict[str, Any] | None:
        """The claims of the token in an Authorization header, with or without "Bearer"; None if refused."""
        if not header:
            return None
        try:
            token = jwt.decode(header.removeprefix("Bearer ").strip(), self._key_set(), algorithms=["RS256"])
        except (JoseError, ValueError):
            return None
        claims: dict[str, Any] = dict(token.claims)
        genuine = (
            claims.get("iss") == self._issuer
            and claims.get("aud") == self._client_id
            and claims.get("token_use") == "id"
            and _is_after_now(claims.get("exp"))
        )
        return claims if genuine else None

    def _key_set(self) -> KeySet:
        with self._lock:
            if self._keys is None:
                self._keys = KeySet.import_key_set(self._fetch_keys())  # type: ignore[arg-type]
            return self._keys


def _is_after_now(moment: Any) -> bool:
    return isinstance(moment, int | float) and moment > time.time()
