"""A user pool that is not the stage's own: whether it and its client are what the platform needs."""

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.domain.access.permissions import ROLE_NAMES
from scripts.deployment.stage import Refused, Stage

FLOWS = {"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}
LONGEST_TOKEN_SECONDS = 3600
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


def refuse_unfit(stage: Stage, given: Mapping[str, str]) -> None:
    """Checks the pool that the data stack is to have or has; a pool of the stage's own needs no check.

    Raises Refused with everything that is missing.
    """
    former = stage.parameter(stage.data_stack, "UserPoolId")
    pool = given.get("UserPoolId", former)
    client = given.get("UserPoolClientId", stage.parameter(stage.data_stack, "UserPoolClientId"))
    if bool(pool) != bool(client):
        raise Refused("A user pool needs its client: give --set UserPoolId=… and --set UserPoolClientId=…, both.")
    if former and not pool:
        raise Refused(
            f"{stage.name} signs people in by the pool {former}. There is no way back to a pool of its own: people "
            "would be others, and the stage's former pool has no stack any more."
        )
    found = problems(stage, pool, client) if pool else []
    if found:
        raise Refused("\n".join([f"The user pool {pool} cannot serve {stage.name}.", *(f"- {each}" for each in found)]))


def problems(stage: Stage, pool_id: str, client_id: str) -> list[str]:
    """What pool and client lack, a sentence each; empty when they fit."""
    cognito = stage.client("cognito-idp", pool_id.partition("_")[0])
    try:
        pool = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
        client = cognito.describe_user_pool_client(UserPoolId=pool_id, ClientId=client_id)["UserPoolClient"]
    except ClientError as error:
        return [f"Pool or client cannot be read in this account: {error.response['Error']['Message']}"]
    pages = cognito.get_paginator("list_groups").paginate(UserPoolId=pool_id)
    groups = {group["GroupName"] for page in pages for group in page["Groups"]}
    return [*_of_pool(stage, pool), *_of_groups(groups), *_of_client(client)]


def _of_pool(stage: Stage, pool: Mapping[str, Any]) -> Iterator[str]:
    if pool.get("UserPoolTags", {}).get("stage") != stage.name:
        yield (
            f"The pool has no tag `stage` with the value {stage.name}. By this tag `execution-handler` may ask whether "
            "a person is still enabled."
        )
    if "email" not in pool.get("UsernameAttributes", []):
        yield "People do not sign in with an e-mail address, so their subject is not their user name."
    if pool.get("UsernameConfiguration", {}).get("CaseSensitive", True):
        yield "User names are case-sensitive, so two spellings of an address would be two persons."
    if not pool.get("AdminCreateUserConfig", {}).get("AllowAdminCreateUserOnly"):
        yield "People can sign up by themselves."
    if stage.name == "prod" and pool.get("MfaConfiguration") != "ON":
        yield "Not everyone signs in with a second factor, which prod demands."


def _of_groups(found: set[str]) -> Iterator[str]:
    if missing := sorted(ROLE_NAMES.keys() - found):
        yield f"These groups are missing: {', '.join(missing)}."


def _of_client(client: Mapping[str, Any]) -> Iterator[str]:
    flows = set(client.get("ExplicitAuthFlows", []))
    if missing := sorted(FLOWS - flows):
        yield f"The client does not allow {', '.join(missing)}."
    if more := sorted(flows - FLOWS):
        yield f"The client also allows {', '.join(more)}, by which passwords are sent or no password is needed."
    if "ClientSecret" in client:
        yield "The client has a secret, which neither the dashboard nor the command line can keep."
    if set(client.get("SupportedIdentityProviders", [])) - {"COGNITO"}:
        yield "The client allows other identity providers, whose people have no subject as user name."
    if "email" in client.get("WriteAttributes", ["email"]):
        yield "People may change their e-mail address by the client, which is their name in records."
    unit = client.get("TokenValidityUnits", {}).get("IdToken", "hours")
    if client.get("IdTokenValidity", 1) * _SECONDS[unit] > LONGEST_TOKEN_SECONDS:
        yield "ID tokens are valid for more than an hour, and as long a token says which groups its person had."
