"""The user pool: who is made, what people may change, and how they sign in."""

from tests.architecture.templates import handwritten, resources, template


def test_only_an_administrator_can_create_users() -> None:
    (pool,) = resources("data.yaml", "AWS::Cognito::UserPool").values()
    assert pool["Properties"]["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}


def test_a_person_signs_in_with_a_second_factor_unless_the_stage_says_otherwise() -> None:
    (pool,) = resources("data.yaml", "AWS::Cognito::UserPool").values()
    assert pool["Properties"]["MfaConfiguration"] == {"Ref": "Mfa"}
    assert pool["Properties"]["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    asked = template("data.yaml")["Parameters"]["Mfa"]
    assert (asked["Default"], asked["AllowedValues"]) == ("ON", ["ON", "OPTIONAL"])


def test_two_spellings_of_an_address_are_one_user() -> None:
    (pool,) = resources("data.yaml", "AWS::Cognito::UserPool").values()
    assert pool["Properties"]["UsernameConfiguration"] == {"CaseSensitive": False}


def test_people_change_nothing_that_identifies_them_and_tokens_are_short_lived() -> None:
    (client,) = resources("data.yaml", "AWS::Cognito::UserPoolClient").values()
    properties = client["Properties"]
    assert properties["WriteAttributes"] == ["name"]
    assert set(properties["ReadAttributes"]) == {"email", "email_verified", "name"}
    assert properties["TokenValidityUnits"]["IdToken"] == "minutes"
    assert properties["IdTokenValidity"] <= 15
    assert properties["PreventUserExistenceErrors"] == "ENABLED"
    assert properties["EnableTokenRevocation"] is True
    assert set(properties["ExplicitAuthFlows"]) == {"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}


def test_the_pool_is_reached_by_its_tag_of_the_stage() -> None:
    (pool,) = resources("data.yaml", "AWS::Cognito::UserPool").values()
    assert pool["Properties"]["UserPoolTags"] == {"stage": {"Ref": "Stage"}}
    [asks] = [entry for entry in handwritten("execution-handler") if entry["Sid"] == "AskAboutPersons"]
    assert asks["Condition"] == {"StringEquals": {"aws:ResourceTag/stage": "<stage>"}}
