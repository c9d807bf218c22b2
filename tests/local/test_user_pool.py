"""Signing in without credentials of AWS, as a browser does it: the local pool refuses what Cognito refuses."""

import base64
import hashlib
import hmac
import json
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from joserfc import jws
from moto.cognitoidp.models import COGNITO_TOTP_MFA_SECRET
from moto.cognitoidp.utils import cognito_totp

from local.cloud import LocalCloud
from local.srp import G, N, padded
from local.users import NEWCOMER, WITH_CODE, User
from scripts.deployment.sign_in import SignIn, code_of
from tests.conftest import Clouds

Answer = tuple[int, dict[str, Any]]


@pytest.fixture(scope="module")
def cloud(clouds: Clouds) -> LocalCloud:
    return clouds.running()


@pytest.fixture
def operator(cloud: LocalCloud) -> User:
    return cloud.users.by_role["DRSOperator"]


def call(cloud: LocalCloud, operation: str, body: Mapping[str, Any]) -> Answer:
    request = urllib.request.Request(
        f"{cloud.dashboard_url}/cognito",
        json.dumps({"ClientId": cloud.users.client_id, **body}).encode(),
        {"X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}"},
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def begin(cloud: LocalCloud, email: str, public: int) -> Answer:
    parameters = {"USERNAME": email, "SRP_A": f"{public:x}"}
    return call(cloud, "InitiateAuth", {"AuthFlow": "USER_SRP_AUTH", "AuthParameters": parameters})


def sign_in(cloud: LocalCloud, email: str, password: str, *, now: float | None = None) -> Answer:
    """The client's side, written from the protocol and not from the code of either side."""
    secret = secrets.randbits(512)
    public = pow(G, secret, N)
    _, begun = begin(cloud, email, public)
    given = begun["ChallengeParameters"]
    server, user_id = int(given["SRP_B"], 16), given["USER_ID_FOR_SRP"]
    pool = cloud.users.pool_id.partition("_")[2]
    scrambler = _number(_sha(padded(public), padded(server)))
    x = _number(_sha(padded(int(given["SALT"], 16)), _sha(f"{pool}{user_id}:{password}".encode())))
    base = server - _number(_sha(padded(N), padded(G))) * pow(G, x, N)
    shared = pow(base, secret + scrambler * x, N)
    extracted = hmac.digest(padded(scrambler), padded(shared), "sha256")
    key = hmac.digest(extracted, b"Caldera Derived Key\x01", "sha256")[:16]
    timestamp = datetime.fromtimestamp(now or time.time(), UTC).strftime("%a %b %-d %H:%M:%S UTC %Y")
    message = pool.encode() + user_id.encode() + base64.b64decode(given["SECRET_BLOCK"]) + timestamp.encode()
    responses = {
        "USERNAME": user_id,
        "PASSWORD_CLAIM_SECRET_BLOCK": given["SECRET_BLOCK"],
        "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(hmac.digest(key, message, "sha256")).decode(),
        "TIMESTAMP": timestamp,
    }
    return respond(cloud, "PASSWORD_VERIFIER", responses)


def _sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def respond(cloud: LocalCloud, challenge: str, responses: Mapping[str, str], session: str | None = None) -> Answer:
    body = {"ChallengeName": challenge, "ChallengeResponses": responses}
    return call(cloud, "RespondToAuthChallenge", body if session is None else {**body, "Session": session})


def renew(cloud: LocalCloud, refresh_token: str) -> Answer:
    parameters = {"REFRESH_TOKEN": refresh_token}
    return call(cloud, "InitiateAuth", {"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": parameters})


def signed_in(cloud: LocalCloud, user: User) -> dict[str, Any]:
    status, answer = sign_in(cloud, user.email, user.password)
    assert status == 200, answer
    tokens: dict[str, Any] = answer["AuthenticationResult"]
    return tokens


def refusal(answer: Answer) -> tuple[str, str]:
    status, body = answer
    assert status == 400, body
    return body["__type"], body["message"]


WRONG = ("NotAuthorizedException", "Incorrect username or password.")


def test_the_password_signs_in_and_its_tokens_are_accepted_for_15_minutes(cloud: LocalCloud, operator: User) -> None:
    tokens = signed_in(cloud, operator)
    claims = json.loads(jws.extract_compact(tokens["IdToken"].encode()).payload)
    assert (tokens["ExpiresIn"], claims["exp"] - claims["iat"]) == (900, 900)
    request = urllib.request.Request(f"{cloud.dashboard_url}/api/user", headers={"Authorization": tokens["IdToken"]})
    with urllib.request.urlopen(request) as answer:
        assert json.load(answer)["roles"] == ["DRSOperator"]


def test_another_password_an_unknown_user_and_an_old_proof_read_the_same(cloud: LocalCloud, operator: User) -> None:
    assert refusal(sign_in(cloud, operator.email, operator.password + "x")) == WRONG
    assert refusal(sign_in(cloud, "nobody@example.com", operator.password)) == WRONG
    assert refusal(sign_in(cloud, operator.email, operator.password, now=time.time() - 400)) == WRONG
    assert signed_in(cloud, operator)


def test_case_of_the_address_does_not_matter(cloud: LocalCloud, operator: User) -> None:
    assert sign_in(cloud, operator.email.upper(), operator.password)[0] == 200


@pytest.mark.parametrize("public", [0, N, 2 * N])
def test_a_public_value_that_betrays_the_password_is_refused(cloud: LocalCloud, operator: User, public: int) -> None:
    kind, _ = refusal(begin(cloud, operator.email, public))
    assert kind == "InvalidParameterException"


def test_flows_that_the_client_forbids_are_refused(cloud: LocalCloud, operator: User) -> None:
    parameters = {"USERNAME": operator.email, "PASSWORD": operator.password}
    answer = call(cloud, "InitiateAuth", {"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters})
    assert refusal(answer) == ("InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client")


def test_after_five_wrong_passwords_the_right_one_waits_too(cloud: LocalCloud) -> None:
    email, password, pool = "hasty@example.com", "Correct-horse-42", cloud.users.pool_id
    cloud.client("cognito-idp").admin_create_user(
        UserPoolId=pool, Username=email, TemporaryPassword=password, MessageAction="SUPPRESS"
    )
    for _ in range(5):
        assert refusal(sign_in(cloud, email, "wrong")) == WRONG
    assert refusal(sign_in(cloud, email, password)) == ("NotAuthorizedException", "Password attempts exceeded")


def test_a_temporary_password_is_changed_by_the_rules_of_the_pool(cloud: LocalCloud) -> None:
    user = cloud.users.by_way[NEWCOMER]
    _, asked = sign_in(cloud, user.email, user.password)
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    user_id, session = asked["ChallengeParameters"]["USER_ID_FOR_SRP"], asked["Session"]

    def choose(password: str) -> Answer:
        return respond(cloud, "NEW_PASSWORD_REQUIRED", {"USERNAME": user_id, "NEW_PASSWORD": password}, session)

    assert refusal(choose("short"))[0] == "InvalidPasswordException"
    assert choose("Correct-horse-42")[0] == 200
    assert refusal(sign_in(cloud, user.email, user.password)) == WRONG
    assert "AuthenticationResult" in sign_in(cloud, user.email, "Correct-horse-42")[1]


def test_a_code_is_asked_for_and_checked(cloud: LocalCloud) -> None:
    user = cloud.users.by_way[WITH_CODE]
    _, asked = sign_in(cloud, user.email, user.password)
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"

    def send(code: str) -> Answer:
        responses = {"USERNAME": asked["ChallengeParameters"]["USER_ID_FOR_SRP"], "SOFTWARE_TOKEN_MFA_CODE": code}
        return respond(cloud, "SOFTWARE_TOKEN_MFA", responses, asked["Session"])

    code = cognito_totp(cloud.users.totp_secret).generate(int(time.time())).decode()
    assert refusal(send(str((int(code) + 1) % 1_000_000).zfill(6)))[0] == "CodeMismatchException"
    assert send(code)[0] == 200
    assert refusal(send(code))[0] == "NotAuthorizedException"


@pytest.mark.parametrize(
    "end",
    [
        lambda cloud, tokens: call(cloud, "RevokeToken", {"Token": tokens["RefreshToken"]}),
        lambda cloud, tokens: call(cloud, "GlobalSignOut", {"AccessToken": tokens["AccessToken"]}),
    ],
    ids=["revoked", "signed out everywhere"],
)
def test_a_session_that_was_ended_is_not_renewed(
    cloud: LocalCloud, operator: User, end: Callable[[LocalCloud, Mapping[str, str]], Answer]
) -> None:
    tokens = signed_in(cloud, operator)
    status, renewed = renew(cloud, tokens["RefreshToken"])
    assert (status, "RefreshToken" in renewed["AuthenticationResult"]) == (200, False)
    assert end(cloud, tokens)[0] == 200
    assert refusal(renew(cloud, tokens["RefreshToken"]))[0] == "NotAuthorizedException"


def test_a_disabled_user_neither_signs_in_nor_goes_on(cloud: LocalCloud) -> None:
    user = cloud.users.by_role["DRSReadOnly"]
    tokens = signed_in(cloud, user)
    cognito = cloud.client("cognito-idp")
    cognito.admin_disable_user(UserPoolId=cloud.users.pool_id, Username=user.email)
    try:
        assert refusal(renew(cloud, tokens["RefreshToken"])) == ("NotAuthorizedException", "User is disabled.")
        assert refusal(sign_in(cloud, user.email, user.password)) == ("NotAuthorizedException", "User is disabled.")
    finally:
        cognito.admin_enable_user(UserPoolId=cloud.users.pool_id, Username=user.email)


def test_the_command_line_signs_in_by_the_same_flow_and_answers_what_the_pool_asks(cloud: LocalCloud) -> None:
    """scripts/sign_in.sh against a pool that allows SRP only: a password, a code, and a wrong password."""
    client = SignIn(cloud.users.pool_id, cloud.users.client_id, endpoint=cloud.endpoint)
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return cognito_totp(COGNITO_TOTP_MFA_SECRET).generate(int(time.time())).decode()

    user = cloud.users.by_role["DRSAuditor"]
    assert client.token(user.email, user.password, answer).count(".") == 2
    assert asked == []
    user = cloud.users.by_way[WITH_CODE]
    assert client.token(user.email, user.password, answer).count(".") == 2
    assert asked == ["Code of the authenticator"]
    with pytest.raises(ClientError, match="Incorrect username or password"):
        client.token(user.email, "wrong", answer)


def test_the_codes_are_those_of_an_authenticator() -> None:
    """RFC 6238, appendix B, by its last six digits."""
    key = base64.b32encode(b"12345678901234567890").decode()
    assert [code_of(key, moment) for moment in (59, 1111111109, 20000000000)] == ["287082", "081804", "353130"]
