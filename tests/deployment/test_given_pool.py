"""A stage whose people are in a user pool that exists: what is checked, and what a deployment then does."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.domain.access.permissions import ROLE_NAMES
from scripts.deployment import application, smoke, users
from scripts.deployment.stage import Refused, Stage
from tests.deployment.conftest import pointing_at, running_stand_in

POOL: dict[str, Any] = {
    "UserPoolTags": {"stage": "prod"},
    "UsernameAttributes": ["email"],
    "UsernameConfiguration": {"CaseSensitive": False},
    "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
    "MfaConfiguration": "ON",
}
CLIENT: dict[str, Any] = {
    "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    "SupportedIdentityProviders": ["COGNITO"],
    "WriteAttributes": ["name"],
    "IdTokenValidity": 15,
    "TokenValidityUnits": {"IdToken": "minutes"},
}


@pytest.fixture(scope="module")
def account() -> Iterator[None]:
    with running_stand_in() as endpoint, pointing_at(endpoint):
        yield


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({}, ""),
        ({"UserPoolTags": {"stage": "qa"}}, "has no tag `stage` with the value prod"),
        ({"UserPoolTags": None}, "has no tag `stage`"),
        ({"UsernameAttributes": []}, "do not sign in with an e-mail address"),
        ({"UsernameConfiguration": None}, "case-sensitive"),
        ({"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False}}, "can sign up by themselves"),
        ({"MfaConfiguration": "OPTIONAL"}, "which prod demands"),
    ],
)
def test_what_a_pool_lacks_is_said(account: None, change: dict[str, Any], problem: str) -> None:
    pool = {name: value for name, value in {**POOL, **change}.items() if value is not None}
    found = list(users._of_pool(Stage.of("prod"), pool))
    assert len(found) == bool(problem)
    assert problem in "".join(found)


def test_a_second_factor_is_demanded_in_prod_only(account: None) -> None:
    pool = {**POOL, "UserPoolTags": {"stage": "qa"}, "MfaConfiguration": "OFF"}
    assert list(users._of_pool(Stage.of("qa"), pool)) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({}, ""),
        ({"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]}, "does not allow ALLOW_REFRESH_TOKEN_AUTH"),
        (
            {"ExplicitAuthFlows": [*CLIENT["ExplicitAuthFlows"], "ALLOW_USER_PASSWORD_AUTH"]},
            "also allows ALLOW_USER_PASSWORD_AUTH",
        ),
        ({"ClientSecret": "x"}, "has a secret"),
        ({"SupportedIdentityProviders": ["COGNITO", "Okta"]}, "other identity providers"),
        ({"WriteAttributes": ["email", "name"]}, "may change their e-mail address"),
        ({"WriteAttributes": None}, "may change their e-mail address"),
        ({"IdTokenValidity": 61}, "more than an hour"),
        ({"IdTokenValidity": 2, "TokenValidityUnits": None}, "more than an hour"),
        ({"IdTokenValidity": 1, "TokenValidityUnits": None}, ""),
    ],
)
def test_what_a_client_lacks_is_said(change: dict[str, Any], problem: str) -> None:
    client = {name: value for name, value in {**CLIENT, **change}.items() if value is not None}
    found = list(users._of_client(client))
    assert len(found) == bool(problem)
    assert problem in "".join(found)


def test_the_groups_that_are_missing_are_named() -> None:
    assert list(users._of_groups(set(ROLE_NAMES))) == []
    (missing,) = users._of_groups(set(ROLE_NAMES) - {"DRSAuditor", "DRSOperator"})
    assert missing == "These groups are missing: DRSAuditor, DRSOperator."


def test_a_pool_of_another_region_is_taken_when_nothing_is_missing(account: None) -> None:
    stage = Stage.of("qa")
    pool, client = made_pool(stage)
    chosen = {"UserPoolId": pool, "UserPoolClientId": client, "OrganizationId": "o-a1b2c3d4e5"}
    with pytest.raises(Refused, match=r"The user pool .* cannot serve qa\.\n- These groups are missing: DRSAuditor, "):
        application.deploy_data(stage, chosen)
    assert stage.stack(stage.data_stack) is None, "nothing was made"
    cognito = stage.client("cognito-idp", "eu-west-1")
    for group in ROLE_NAMES:
        cognito.create_group(UserPoolId=pool, GroupName=group)
    application.deploy_data(stage, chosen)
    deployed = Stage.of("qa")
    assert deployed.given_pool
    assert deployed.pool_region == "eu-west-1"
    assert deployed.outputs["UserPoolArn"].startswith(f"arn:aws:cognito-idp:eu-west-1:{stage.caller['account']}:")
    assert application.deploy_data(deployed) == [f"{stage.data_stack}: UPDATE_COMPLETE"], "it keeps its pool"
    assert Stage.of("qa").outputs["UserPoolId"] == pool
    no_way_back(deployed)
    no_user_is_made(deployed)


def made_pool(stage: Stage) -> tuple[str, str]:
    """A pool of another team, which has no groups yet."""
    cognito = stage.client("cognito-idp", "eu-west-1")
    settings = {name: value for name, value in POOL.items() if name != "MfaConfiguration"}
    pool = cognito.create_user_pool(PoolName="people", **{**settings, "UserPoolTags": {"stage": "qa"}})["UserPool"][
        "Id"
    ]
    made = cognito.create_user_pool_client(UserPoolId=pool, ClientName="dr", **CLIENT)["UserPoolClient"]
    return pool, made["ClientId"]


def no_way_back(stage: Stage) -> None:
    with pytest.raises(Refused, match="There is no way back to a pool of its own"):
        application.deploy_data(stage, {"UserPoolId": "", "UserPoolClientId": ""})


def no_user_is_made(stage: Stage) -> None:
    stage.client("apigateway").create_rest_api(name=stage.rest_api_name)
    assert "nobody was signed in" in smoke._refuses_strangers(stage)
    listed = stage.client("cognito-idp", "eu-west-1").list_users(UserPoolId=stage.outputs["UserPoolId"])
    assert listed["Users"] == []


def test_a_pool_without_a_client_is_refused(account: None) -> None:
    with pytest.raises(Refused, match="A user pool needs its client"):
        application.deploy_data(Stage.of("dev"), {"UserPoolId": "eu-west-1_a"})


def test_a_pool_that_cannot_be_read_is_refused(account: None) -> None:
    with pytest.raises(Refused, match=r"Pool or client cannot be read in this account: .*not exist"):
        application.deploy_data(Stage.of("dev"), {"UserPoolId": "eu-west-1_a", "UserPoolClientId": "b"})
