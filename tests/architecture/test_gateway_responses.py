"""The answers of API Gateway itself: packaged, of types that exist, and in the one error body."""

import json
from typing import Any

import botocore.session
import pytest
from moto import mock_aws

from chalicelib.api.responses import SECURITY_HEADERS
from chalicelib.domain.errors import DomainError
from scripts import gateway_responses
from scripts.gateway_responses import gateway_responses as responses_of
from tests.architecture.conftest import PackagedApplication
from tests.conftest import Clouds

RESPONSES = responses_of("qa")


def test_the_types_exist() -> None:
    types: Any = botocore.session.get_session().get_service_model("apigateway").shape_for("GatewayResponseType")
    assert set(RESPONSES) <= set(types.enum)


@pytest.mark.parametrize("kind", RESPONSES)
def test_a_response_has_the_error_body_and_the_headers_of_every_answer(kind: str) -> None:
    response = RESPONSES[kind]
    body = json.loads(response["responseTemplates"]["application/json"])
    assert set(body) == {"error", "requestId"}
    assert body["requestId"] == "$context.requestId"
    assert set(body["error"]) == {"code", "message", "details", "retryable"}
    # In a mapping template, these would begin a variable or a statement.
    assert not {"$", "#", "'", "\\"} & set(body["error"]["message"].replace("platform's", ""))
    headers = {name.removeprefix("gatewayresponse.header."): value for name, value in headers_of(response)}
    assert {name: headers[name] for name in SECURITY_HEADERS} == {
        name: f"'{value}'" for name, value in SECURITY_HEADERS.items()
    }


def headers_of(response: dict[str, Any]) -> Any:
    return response["responseParameters"].items()


def test_codes_and_statuses_are_those_of_the_application() -> None:
    known = {kind.code: kind.status for kind in subclasses(DomainError)}
    for response in RESPONSES.values():
        code = json.loads(response["responseTemplates"]["application/json"])["error"]["code"]
        if "statusCode" in response and code != "Throttled":
            assert int(response["statusCode"]) == known[code]


def test_a_throttled_request_is_told_when_to_come_back() -> None:
    throttled = RESPONSES["THROTTLED"]
    assert throttled["statusCode"] == "429"
    # API Gateway fills its bucket of requests every second.
    assert throttled["responseParameters"]["gatewayresponse.header.Retry-After"] == "'1'"
    assert json.loads(throttled["responseTemplates"]["application/json"])["error"]["retryable"] is True


def subclasses(kind: type[DomainError]) -> list[type[DomainError]]:
    return [kind, *(below for direct in kind.__subclasses__() for below in subclasses(direct))]


def test_the_packaged_api_has_them(packaged: PackagedApplication) -> None:
    body = packaged.template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    assert body["x-amazon-apigateway-gateway-responses"] == RESPONSES


def test_the_packaged_api_sends_every_other_method_of_a_path_to_the_application(packaged: PackagedApplication) -> None:
    """Only that can name the methods that the path has; API Gateway would say that there is nothing."""
    paths = packaged.template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    for path, methods in paths.items():
        other = methods["x-amazon-apigateway-any-method"]
        assert other["x-amazon-apigateway-integration"]["type"] == "aws_proxy", path
        assert "security" not in other
        assert "options" not in methods, "no other origin may call the API"


def test_the_dashboards_origin_can_read_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / ".chalice").mkdir()
    (tmp_path / "infrastructure").mkdir()
    declared = gateway_responses.ROOT / "infrastructure/gateway-responses.json"
    (tmp_path / "infrastructure/gateway-responses.json").write_text(declared.read_text())
    variables = {"DASHBOARD_URL": "https://dr.example.com/dashboard"}
    config = {"stages": {"qa": {"environment_variables": variables}}}
    (tmp_path / ".chalice/config.json").write_text(json.dumps(config))
    monkeypatch.setattr(gateway_responses, "ROOT", tmp_path)
    for response in responses_of("qa").values():
        parameters = response["responseParameters"]
        assert parameters["gatewayresponse.header.Access-Control-Allow-Origin"] == "'https://dr.example.com'"


def test_api_gateway_takes_what_a_deployment_sends(clouds: Clouds) -> None:
    """botocore checks the names and types of the parameters, and moto keeps them."""
    clouds.stop()
    with mock_aws():
        kept = responses_kept()
    assert kept == set(RESPONSES)


def responses_kept() -> set[str]:
    client: Any = botocore.session.get_session().create_client(
        "apigateway", "us-east-2", aws_access_key_id="none", aws_secret_access_key="none"
    )
    api = client.create_rest_api(name="api")["id"]
    for kind, response in responses_of("qa").items():
        client.put_gateway_response(restApiId=api, responseType=kind, **response)
    return {item["responseType"] for item in client.get_gateway_responses(restApiId=api)["items"]}
