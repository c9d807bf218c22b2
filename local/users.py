"""The people of the seeded world: one user for each role; passwords are made at each start."""

import json
import secrets
import string
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.cognitoidp.models import COGNITO_TOTP_MFA_SECRET, cognitoidp_backends

ROLES = (
    "DRSOrchestrationAdmin",
    "DRSRecoveryManager",
    "DRSPlanManager",
    "DRSOperator",
    "DRSReadOnly",
    "DRSAuditor",
)
_SYMBOLS = "!@#%^*-_"


@dataclass(frozen=True)
class User:
    """Someone who can sign in. The password is written only to the state file."""

    role: str
    email: str
    password: str

    def __repr__(self) -> str:
        return f"User(role={self.role!r}, email={self.email!r})"


NEWCOMER = "first-password"
"""The operator whose password an administrator has made: it has to be changed."""
WITH_CODE = "one-time-code"
"""The operator who signs in with an authenticator too."""


@dataclass(frozen=True, kw_only=True)
class Users:
    """The user pool and its users: one for each role, and two operators who sign in in other ways."""

    pool_id: str
    client_id: str
    by_role: dict[str, User]
    by_way: dict[str, User]
    totp_secret: str = COGNITO_TOTP_MFA_SECRET

    @classmethod
    def create(cls, cognito: Any, *, pool_id: str, client_id: str) -> "Users":
        """Make confirmed users for the roles, and the two others; each in the group of the role's name."""
        users = {role: User(role, _email(role), _password()) for role in ROLES}
        others = {way: User("DRSOperator", f"{way}@example.com", _password()) for way in (NEWCOMER, WITH_CODE)}
        for user in [*users.values(), *others.values()]:
            _create(cognito, pool_id, user, must_change=user == others[NEWCOMER])
        _use_authenticator(pool_id, others[WITH_CODE])
        return cls(pool_id=pool_id, client_id=client_id, by_role=users, by_way=others)

    def sign_in(self, cognito: Any, role: str) -> str:
        """A fresh ID token of the role's user. Raises KeyError for an unknown role."""
        user = self.by_role[role]
        answer = cognito.admin_initiate_auth(
            UserPoolId=self.pool_id,
            ClientId=self.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user.email, "PASSWORD": user.password},
        )
        return str(answer["AuthenticationResult"]["IdToken"])

    def fetch_keys(self, endpoint: str) -> dict[str, Any]:
        """The public keys of the pool, from the address where every verifier finds them."""
        url = f"{endpoint}/{self.pool_id}/.well-known/jwks.json"
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 — the endpoint is our own, on loopback
            keys: dict[str, Any] = json.load(answer)
        return keys


def _create(cognito: Any, pool_id: str, user: User, *, must_change: bool) -> None:
    cognito.admin_create_user(
        UserPoolId=pool_id,
        Username=user.email,
        UserAttributes=[
            {"Name": "email", "Value": user.email},
            {"Name": "email_verified", "Value": "true"},
            {"Name": "name", "Value": user.role},
        ],
        TemporaryPassword=user.password,
        MessageAction="SUPPRESS",
    )
    if not must_change:
        cognito.admin_set_user_password(UserPoolId=pool_id, Username=user.email, Password=user.password, Permanent=True)
    cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=user.email, GroupName=user.role)


def _use_authenticator(pool_id: str, user: User) -> None:
    """An administrator cannot do this in Cognito; the user has done it before the story begins."""
    for regions in cognitoidp_backends.values():
        for backend in regions.values():
            if pool_id in backend.user_pools:
                known = backend.admin_get_user(pool_id, user.email)
                known.token_verified = known.software_token_mfa_enabled = True


def pool_tags(account: str, region: str, pool_id: str) -> Mapping[str, str]:
    """The tags of a user pool; none when there is no such pool. moto keeps them and returns them nowhere."""
    pool = cognitoidp_backends[account][region].user_pools.get(pool_id)
    return {} if pool is None else pool.extended_config.get("UserPoolTags", {})


def _email(role: str) -> str:
    words = "".join(f"-{character.lower()}" if character.isupper() else character for character in role[3:])
    return f"{words.strip('-')}@example.com"


def _password() -> str:
    """Long, random, and with one of each kind of character that the pool's policy asks for."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, _SYMBOLS)
    characters = [secrets.choice(kind) for kind in kinds]
    characters += [secrets.choice("".join(kinds)) for _ in range(20)]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)
