"""REST as API Gateway offers it: routes, tokens, parameters, bodies."""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from moto.utilities.utils import load_resource

from tests.local.conftest import RunningCloud


def _claims(cloud: RunningCloud, **changes: Any) -> dict[str, Any]:
    genuine = cloud.described["tokens"]["DRSOperator"].split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(genuine + "=" * (-len(genuine) % 4)))
    return {**claims, **changes}


def _signed_by_the_pool(claims: dict[str, Any]) -> str:
    # Signed with the pool's own private key, so that the signature is not what is wrong with these tokens.
    key = RSAKey.import_key(load_resource("cognitoidp/resources/jwks-private.json"))
    return jwt.encode({"kid": "dummy", "alg": "RS256"}, claims, key)


def _get(cloud: RunningCloud, path: str, token: str | None = None) -> Any:
    return cloud.http("GET", f"/api{path}", headers={"Authorization": token} if token else {})


def refused(answer: Any) -> tuple[int, str]:
    """Status and code of an answer that has our error body and the headers of every answer."""
    body = answer.json()
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert set(body) == {"error", "requestId"}
    assert set(body["error"]) == {"code", "message", "details", "retryable"}
    assert body["requestId"] == headers["x-amzn-requestid"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"]
    return answer.status, body["error"]["code"]


def test_a_route_without_authorizer_is_open(cloud: RunningCloud) -> None:
    answer = _get(cloud, "/open")
    assert (answer.status, answer.json()) == (200, {"sourceIp": "127.0.0.1"})


def test_the_claims_of_a_signed_in_user_reach_the_function_as_from_api_gateway(cloud: RunningCloud) -> None:
    answer = _get(cloud, "/claims", cloud.described["tokens"]["DRSOperator"])
    assert answer.status == 200
    claims = answer.json()
    assert claims["email"] == "operator@example.com"
    assert claims["cognito:groups"] == "DRSOperator"
    assert all(isinstance(value, str) for value in claims.values())


def test_a_bearer_prefix_is_accepted(cloud: RunningCloud) -> None:
    assert _get(cloud, "/claims", "Bearer " + cloud.described["tokens"]["DRSAuditor"]).status == 200


@pytest.mark.parametrize("token", [None, "", "nonsense", "a.b.c"])
def test_a_request_without_a_token_is_refused(cloud: RunningCloud, token: str | None) -> None:
    answer = _get(cloud, "/claims", token)
    assert refused(answer) == (401, "NotSignedIn")


def test_a_token_signed_with_another_key_is_refused(cloud: RunningCloud) -> None:
    forged = jwt.encode({"kid": "dummy", "alg": "RS256"}, _claims(cloud), RSAKey.generate_key(2048))
    assert _get(cloud, "/claims", forged).status == 401


def test_a_token_without_a_signature_is_refused(cloud: RunningCloud) -> None:
    head, body, _ = cloud.described["tokens"]["DRSOperator"].split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    assert _get(cloud, "/claims", f"{unsigned}.{body}.").status == 401
    assert _get(cloud, "/claims", f"{head}.{body}.").status == 401


def test_a_token_whose_groups_were_changed_is_refused(cloud: RunningCloud) -> None:
    head, _, signature = cloud.described["tokens"]["DRSReadOnly"].split(".")
    claims = json.dumps(_claims(cloud, **{"cognito:groups": ["DRSOrchestrationAdmin"]})).encode()
    body = base64.urlsafe_b64encode(claims).rstrip(b"=").decode()
    assert _get(cloud, "/claims", f"{head}.{body}.{signature}").status == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": int(time.time()) - 1},
        {"iss": "https://cognito-idp.us-east-2.amazonaws.com/us-east-2_other"},
        {"aud": "another-client"},
        {"token_use": "access"},
    ],
    ids=["expired", "another pool", "another client", "an access token"],
)
def test_a_token_that_is_not_meant_for_this_api_is_refused(cloud: RunningCloud, changes: dict[str, Any]) -> None:
    assert _get(cloud, "/claims", _signed_by_the_pool(_claims(cloud))).status == 200, "the key is the pool's"
    assert _get(cloud, "/claims", _signed_by_the_pool(_claims(cloud, **changes))).status == 401


def test_an_unknown_path_or_method_is_answered_by_the_gateway(cloud: RunningCloud) -> None:
    for method, path in [("GET", "/api/nowhere"), ("DELETE", "/api/open"), ("OPTIONS", "/api/open")]:
        assert refused(cloud.http(method, path)) == (404, "UnknownRoute")


def test_a_body_beyond_the_gateways_limit_is_refused_by_the_gateway(cloud: RunningCloud) -> None:
    assert refused(cloud.http("POST", "/api/bytes", body=b"x" * (10 * 1024 * 1024 + 1))) == (413, "TooLarge")


def test_an_application_that_fails_is_reported_by_the_gateway(cloud: RunningCloud) -> None:
    answer = cloud.http("POST", "/api/no-answer", body=b"")
    assert refused(answer) == (502, "InternalError")
    assert "may have been carried out" in answer.json()["error"]["message"]


def test_every_answer_has_a_date_and_a_request_id(cloud: RunningCloud) -> None:
    for path in ("/api/open", "/api/nowhere", "/api/claims"):
        headers = {name.lower(): value for name, value in cloud.http("GET", path).headers.items()}
        assert parsedate_to_datetime(headers["date"]).tzinfo is not None
        assert headers["x-amzn-requestid"]


def test_path_parameters_arrive_as_sent_and_query_values_decoded(cloud: RunningCloud) -> None:
    answer = _get(cloud, "/things/a%2Fb%20c/d?tag=x%20y&tag=z").json()
    assert answer == {"thing": "a%2Fb%20c", "part": "d", "tags": ["x y", "z"]}


def test_a_fixed_segment_wins_over_a_parameter(cloud: RunningCloud) -> None:
    assert _get(cloud, "/things/one/fixed").json() == {"fixed": "one"}


def test_bodies_keep_every_byte(cloud: RunningCloud) -> None:
    every_byte = bytes(range(256))
    headers = {"Content-Type": "application/octet-stream", "Accept": "application/octet-stream"}
    answer = cloud.http("POST", "/api/bytes", body=every_byte, headers=headers)
    assert (answer.status, answer.body) == (200, every_byte[::-1])


def test_a_preflight_names_the_methods(cloud: RunningCloud) -> None:
    answer = cloud.http("OPTIONS", "/api/claims", headers={"Origin": "http://localhost:5173"})
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert set(answer.headers["Access-Control-Allow-Methods"].split(",")) == {"GET", "OPTIONS"}
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_requests_at_the_same_time_do_not_see_each_other(cloud: RunningCloud) -> None:
    names = [f"n{number}" for number in range(20)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda name: _get(cloud, f"/slow/{name}").json(), names))
    assert answers == [{"before": name, "after": name} for name in names]
