"""The people of the seeded world: one user for each role; passwords are made at each start."""

import json
import secrets
import string
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.cognitoidp.models import cognitoidp_backends

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


@dataclass(frozen=True, kw_only=True)
class Users:
    """The user pool and its users."""

    pool_id: str
    client_id: str
    by_role: dict[str, User]

    @classmethod
    def create(cls, cognito: Any, *, pool_id: str, client_id: str) -> "Users":
        """Make one confirmed user for each role, in the group of the role's name."""
        users = {role: User(role, _email(role), _password()) for role in ROLES}
        for user in users.values():
            cognito.admin_create_user(
                UserPoolId=pool_id,
                Username=user.email,
                UserAttributes=[
                    {"Name": "email", "Value": user.email},
                    {"Name": "email_verified", "Value": "true"},
                    {"Name": "name", "Value": user.role},
                ],
                MessageAction="SUPPRESS",
            )
            cognito.admin_set_user_password(
                UserPoolId=pool_id, Username=user.email, Password=user.password, Permanent=True
            )
            cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=user.email, GroupName=user.role)
        return cls(pool_id=pool_id, client_id=client_id, by_role=users)

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
