"""The unsigned operations of the user pool, checked as Cognito checks them.

moto keeps users and makes tokens; but by itself it signs in with any password by SRP, takes flows that the client
forbids, tells unknown users apart, and lacks RevokeToken.
"""

import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from joserfc import jwt
from moto.cognitoidp.exceptions import InvalidPasswordException, UserNotFoundError
from moto.cognitoidp.models import (
    COGNITO_TOTP_MFA_SECRET,
    CognitoIdpUser,
    CognitoIdpUserPool,
    UserStatus,
    cognitoidp_backends,
)
from moto.cognitoidp.utils import cognito_totp

from local.answers import StartResponse, answer_json
from local.srp import Handshake

PREFIX = "AWSCognitoIdentityProviderService."
_SESSION_SECONDS = 180
_FREE_ATTEMPTS = 5
_LONGEST_LOCK_SECONDS = 900
_CLOCK_TOLERANCE_SECONDS = 300
_CODE_SECONDS = 30
"""The code before and the next one are taken too: clocks differ."""
_WRONG = "Incorrect username or password."


class Refused(Exception):
    """An error of Cognito, by its name."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class PoolAnswer:
    """An answer of the user pool."""

    status: str
    body: dict[str, Any]

    @classmethod
    def refusal(cls, kind: str, message: str) -> "PoolAnswer":
        return cls("400 Bad Request", {"__type": kind, "message": message})

    def sent(self, start_response: StartResponse) -> list[bytes]:
        headers = [("x-amzn-ErrorType", self.body["__type"])] if "__type" in self.body else []
        return answer_json(start_response, self.status, self.body, headers)


@dataclass(frozen=True, kw_only=True)
class _Session:
    """A sign-in between two challenges."""

    name: str
    email: str
    challenge: str
    began: float


@dataclass
class _Attempts:
    """Wrong passwords for one address in a row."""

    failed: int = 0
    locked_until: float = 0.0

    def count_failure(self, now: float) -> None:
        """After the fifth, each further one doubles the wait, up to 15 minutes."""
        self.failed += 1
        if self.failed >= _FREE_ATTEMPTS:
            self.locked_until = now + min(2.0 ** (self.failed - _FREE_ATTEMPTS), _LONGEST_LOCK_SECONDS)


@dataclass
class UserPoolApi:
    """Answers `InitiateAuth`, `RespondToAuthChallenge`, `RevokeToken` and `GlobalSignOut` of one user pool."""

    account: str
    region: str
    now: Callable[[], float] = time.time
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _handshakes: dict[str, tuple[str, Handshake]] = field(default_factory=dict)
    _sessions: dict[str, _Session] = field(default_factory=dict)
    _attempts: dict[str, _Attempts] = field(default_factory=dict)

    def answer(self, target: str, body: bytes) -> PoolAnswer | None:
        """None for an operation that moto answers well enough."""
        operations = {
            "InitiateAuth": self._initiate,
            "RespondToAuthChallenge": self._respond,
            "RevokeToken": self._revoke,
            "GlobalSignOut": self._sign_out,
        }
        operation = operations.get(target.removeprefix(PREFIX))
        if operation is None:
            return None
        try:
            with self._lock:
                return PoolAnswer("200 OK", operation(json.loads(body)))
        except Refused as refused:
            return PoolAnswer.refusal(refused.kind, str(refused))
        except (KeyError, TypeError, ValueError) as error:
            return PoolAnswer.refusal("InvalidParameterException", f"Missing or malformed: {error}")

    def _initiate(self, request: Mapping[str, Any]) -> dict[str, Any]:
        pool, client = self._pool_of(request["ClientId"])
        flow, given = request["AuthFlow"], request["AuthParameters"]
        allowed = client.extended_config.get("ExplicitAuthFlows", [])
        if f"ALLOW_{flow.removesuffix('_AUTH')}_AUTH" not in allowed:
            raise Refused("InvalidParameterException", f"{flow} flow not enabled for this client")
        if flow in ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"):
            return self._renew(pool, given["REFRESH_TOKEN"])
        return self._challenge(pool, given["USERNAME"].lower(), int(given["SRP_A"], 16))

    def _challenge(self, pool: CognitoIdpUserPool, email: str, client_public: int) -> dict[str, Any]:
        """An unknown user gets a challenge too, which no password answers."""
        user = self._find(pool, email)
        handshake = Handshake.begin(
            pool_name=pool.id.partition("_")[2],
            user_id=user.id if user else secrets.token_hex(16),
            password=(user.password if user else None) or secrets.token_hex(16),
            client_public=client_public,
        )
        self._handshakes[handshake.secret_block_text] = (email, handshake)
        return {
            "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeParameters": {
                "SALT": f"{handshake.salt:x}",
                "SRP_B": f"{handshake.server_public:x}",
                "SECRET_BLOCK": handshake.secret_block_text,
                "USERNAME": handshake.user_id,
                "USER_ID_FOR_SRP": handshake.user_id,
            },
        }

    def _respond(self, request: Mapping[str, Any]) -> dict[str, Any]:
        pool, client = self._pool_of(request["ClientId"])
        challenge, given = request["ChallengeName"], request["ChallengeResponses"]
        if challenge == "PASSWORD_VERIFIER":
            return self._verify_password(pool, client, given)
        session = self._sessions.pop(request.get("Session", ""), None)
        if session is None or session.challenge != challenge or self.now() - session.began > _SESSION_SECONDS:
            raise Refused("NotAuthorizedException", "Invalid session for the user, session is expired.")
        if challenge == "NEW_PASSWORD_REQUIRED":
            return self._change_password(pool, client, session, given["NEW_PASSWORD"])
        return self._verify_code(pool, client, session, given["SOFTWARE_TOKEN_MFA_CODE"])

    def _verify_password(self, pool: CognitoIdpUserPool, client: Any, given: Mapping[str, str]) -> dict[str, Any]:
        email, handshake = self._handshakes.pop(given["PASSWORD_CLAIM_SECRET_BLOCK"], ("", None))
        if handshake is None:
            raise Refused("NotAuthorizedException", _WRONG)
        attempts = self._attempts.setdefault(email, _Attempts())
        if self.now() < attempts.locked_until:
            raise Refused("NotAuthorizedException", "Password attempts exceeded")
        user = self._find(pool, email)
        if user is None or given["USERNAME"] != user.id or not self._is_proved(handshake, given):
            attempts.count_failure(self.now())
            raise Refused("NotAuthorizedException", _WRONG)
        del self._attempts[email]
        _require_enabled(user)
        if user.status == UserStatus.FORCE_CHANGE_PASSWORD:
            asked = {"requiredAttributes": "[]", "userAttributes": json.dumps({"email": email})}
            return self._ask("NEW_PASSWORD_REQUIRED", email, user, asked)
        return self._after_password(pool, client, email, user)

    def _is_proved(self, handshake: Handshake, given: Mapping[str, str]) -> bool:
        timestamp = given["TIMESTAMP"]
        sent = datetime.strptime(timestamp, "%a %b %d %H:%M:%S UTC %Y").replace(tzinfo=UTC).timestamp()
        is_timely = abs(sent - self.now()) <= _CLOCK_TOLERANCE_SECONDS
        return is_timely and handshake.is_proved_by(given["PASSWORD_CLAIM_SIGNATURE"], timestamp)

    def _change_password(
        self, pool: CognitoIdpUserPool, client: Any, session: _Session, password: str
    ) -> dict[str, Any]:
        try:
            self._moto()._validate_password(pool.id, password)  # noqa: SLF001 — moto has no public way to ask
        except InvalidPasswordException:
            # The session goes on, so that another password can be tried.
            self._sessions[session.name] = session
            message = "Password did not conform with policy: it must be longer, or have more kinds of characters"
            raise Refused("InvalidPasswordException", message) from None
        user = self._existing(pool, session.email)
        user.password, user.status = password, UserStatus.CONFIRMED
        return self._after_password(pool, client, session.email, user)

    def _after_password(
        self, pool: CognitoIdpUserPool, client: Any, email: str, user: CognitoIdpUser
    ) -> dict[str, Any]:
        if user.software_token_mfa_enabled:
            return self._ask("SOFTWARE_TOKEN_MFA", email, user, {"FRIENDLY_DEVICE_NAME": "authenticator"})
        return self._sign_in(pool, client, email)

    def _verify_code(self, pool: CognitoIdpUserPool, client: Any, session: _Session, code: str) -> dict[str, Any]:
        authenticator = cognito_totp(COGNITO_TOTP_MFA_SECRET)
        times = (int(self.now()) + shift for shift in (-_CODE_SECONDS, 0, _CODE_SECONDS))
        if code.encode() not in [authenticator.generate(moment) for moment in times]:
            self._sessions[session.name] = session
            raise Refused("CodeMismatchException", "Invalid code received for user")
        return self._sign_in(pool, client, session.email)

    def _ask(self, challenge: str, email: str, user: CognitoIdpUser, parameters: dict[str, str]) -> dict[str, Any]:
        session = _Session(name=secrets.token_urlsafe(64), email=email, challenge=challenge, began=self.now())
        self._sessions[session.name] = session
        return {
            "ChallengeName": challenge,
            "Session": session.name,
            "ChallengeParameters": {"USER_ID_FOR_SRP": user.id, **parameters},
        }

    def _sign_in(self, pool: CognitoIdpUserPool, client: Any, email: str) -> dict[str, Any]:
        refresh_token, _ = pool.create_refresh_token(client.id, email)
        answer = self._renew(pool, refresh_token)
        answer["AuthenticationResult"]["RefreshToken"] = refresh_token
        return answer

    def _renew(self, pool: CognitoIdpUserPool, refresh_token: str) -> dict[str, Any]:
        issued = pool.refresh_tokens.get(refresh_token)
        if issued is None:
            raise Refused("NotAuthorizedException", "Refresh Token has been revoked")
        _require_enabled(self._existing(pool, issued[1]))
        seconds = 60 * pool.clients[issued[0]].extended_config["IdTokenValidity"]
        made = pool.create_tokens_from_refresh_token(refresh_token)
        access_token, id_token = (_shortened(pool, token, seconds) for token in made[:2])
        pool.access_tokens[access_token] = pool.access_tokens.pop(made[0])
        tokens = {"IdToken": id_token, "AccessToken": access_token, "ExpiresIn": seconds, "TokenType": "Bearer"}
        return {"ChallengeParameters": {}, "AuthenticationResult": tokens}

    def _revoke(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """A token that is unknown or revoked already is no error."""
        pool, _ = self._pool_of(request["ClientId"])
        pool.refresh_tokens.pop(request["Token"], None)
        return {}

    def _sign_out(self, request: Mapping[str, Any]) -> dict[str, Any]:
        for pool in self._moto().user_pools.values():
            if request["AccessToken"] in pool.access_tokens:
                _, email = pool.access_tokens[request["AccessToken"]]
                for token in [token for token, issued in pool.refresh_tokens.items() if issued and issued[1] == email]:
                    del pool.refresh_tokens[token]
                return {}
        raise Refused("NotAuthorizedException", "Invalid Access Token")

    def _moto(self) -> Any:
        return cognitoidp_backends[self.account][self.region]

    def _pool_of(self, client_id: str) -> tuple[CognitoIdpUserPool, Any]:
        for pool in self._moto().user_pools.values():
            if client_id in pool.clients:
                return pool, pool.clients[client_id]
        raise Refused("ResourceNotFoundException", f"User pool client {client_id} does not exist.")

    def _find(self, pool: CognitoIdpUserPool, email: str) -> CognitoIdpUser | None:
        try:
            user: CognitoIdpUser = self._moto().admin_get_user(pool.id, email)
        except UserNotFoundError:
            return None
        return user

    def _existing(self, pool: CognitoIdpUserPool, email: str) -> CognitoIdpUser:
        """A user may be deleted between two steps."""
        user = self._find(pool, email)
        if user is None:
            raise Refused("NotAuthorizedException", _WRONG)
        return user


def _require_enabled(user: CognitoIdpUser) -> None:
    if not user.enabled:
        raise Refused("NotAuthorizedException", "User is disabled.")


def _shortened(pool: CognitoIdpUserPool, token: str, seconds: int) -> str:
    """moto's tokens last an hour, whatever the client says."""
    read = jwt.decode(token, pool.json_web_key)
    return jwt.encode(read.header, {**read.claims, "exp": read.claims["iat"] + seconds}, pool.json_web_key)
