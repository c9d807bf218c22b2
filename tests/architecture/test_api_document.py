"""The OpenAPI document as the author of a client wants it: everything described, and every example true."""

import json
import re
from collections.abc import Iterator
from typing import Any

import botocore.session
import jsonschema
import msgspec
import pytest

from chalicelib.api.document import document
from chalicelib.api.error_statuses import ERRORS
from chalicelib.api.resources import ROUTES
from chalicelib.api.schemas import read_words
from chalicelib.calls.answers import InternalError
from chalicelib.domain.errors import DomainError
from chalicelib.domain.estate.servers import ReplicationState
from chalicelib.domain.estate.syncs import SyncOutcome
from chalicelib.domain.runs.events import EventKind
from chalicelib.operations.table import OPERATIONS

DOCUMENT = document()
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
CALLS = {
    call["operationId"]: (path, method, call)
    for path, methods in DOCUMENT["paths"].items()
    for method, call in methods.items()
}


def everything(value: Any = DOCUMENT, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every object of the document with its place. Examples and defaults are values of the API, and not looked into."""
    if isinstance(value, dict):
        yield place, value
        for key, item in value.items():
            if key not in {"example", "examples", "default"}:
                yield from everything(item, f"{place}/{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from everything(item, f"{place}/{index}")


def test_nothing_lacks_a_description() -> None:
    """A new field is described in chalicelib/api/fields.json, or its type in a docstring."""
    silent = [f"type {name}" for name, schema in SCHEMAS.items() if not schema.get("description")]
    for place, value in everything():
        properties = value.get("properties") if value.get("type") == "object" else None
        silent += [f"{place}: {name}" for name, schema in (properties or {}).items() if not schema.get("description")]
    for name, (_, _, call) in CALLS.items():
        silent += [f"{name}: {item['name']}" for item in call["parameters"] if not item.get("description")]
        silent += [f"{name}: {key}" for key in ("summary", "description") if not call.get(key)]
        silent += [f"{name}: {key}" for key, answer in call["responses"].items() if answer.get("description") == ""]
    silent += [tag["name"] for tag in DOCUMENT["tags"] if not tag["description"]]
    assert not silent, f"describe these in chalicelib/api/fields.json or in docstrings: {silent}"


def test_descriptions_are_for_people_who_do_not_read_python() -> None:
    for place, value in everything():
        described = value.get("description", "")
        if isinstance(described, str):
            assert "``" not in described, place
            assert "\n  " not in described, place
            assert not re.search(r"(?<!-)\bNone\b", described), place


def test_every_word_is_used() -> None:
    words = read_words()
    fields = {name for _, value in everything() for name in value.get("properties", {})}
    parameters = {item["name"] for _, _, call in CALLS.values() for item in call["parameters"]}
    assert set(words.fields) - fields - parameters == set()
    assert {name.rpartition(".")[2] for name in words.patterns} <= fields
    types = {name.removesuffix("Input").removesuffix("Body") for name in SCHEMAS}
    types |= {operation.request.__name__ for operation in OPERATIONS.values()}
    assert {name.partition(".")[0] for name in words.types} - types == set()


def test_every_reference_leads_somewhere_and_every_schema_is_referred_to() -> None:
    named = {value["$ref"].rpartition("/")[2] for _, value in everything() if "$ref" in value}
    for _, value in everything():
        named |= {target.rpartition("/")[2] for target in value.get("mapping", {}).values()}
    assert set(SCHEMAS) <= named
    for name in named:
        assert any(name in kind for kind in DOCUMENT["components"].values()), name


def test_times_have_their_format_and_free_objects_say_so() -> None:
    for place, schema in everything(SCHEMAS):
        if schema.get("type") == "object" and "title" in schema:
            for name, field in schema.get("properties", {}).items():
                if name.endswith("At") and name not in {"look"}:
                    assert "date-time" in json.dumps(field), f"{place}: {name}"
        if schema.get("type") == "object":
            assert "properties" in schema or "additionalProperties" in schema, place


@pytest.mark.parametrize("name", CALLS)
def test_requests_and_answers_have_examples_that_are_true(name: str) -> None:
    _, method, call = CALLS[name]
    bodies = [call["requestBody"]] if "requestBody" in call else []
    bodies += [answer for answer in call["responses"].values() if "content" in answer]
    for body in bodies:
        content = body["content"]["application/json"]
        check(content["example"], content["schema"])
    assert "requestBody" in call or method in {"get", "delete"} or len(call["parameters"]) >= len(in_path(call))


def in_path(call: Any) -> list[Any]:
    return [item for item in call["parameters"] if item["in"] == "path"]


@pytest.mark.parametrize("name", [name for name, operation in OPERATIONS.items() if operation.name in CALLS])
def test_the_example_of_a_body_is_a_request(name: str) -> None:
    _, _, call = CALLS[name]
    if "requestBody" not in call:
        return
    example = call["requestBody"]["content"]["application/json"]["example"]
    path = {item["name"]: 1 if item["schema"].get("type") == "integer" else "x" for item in in_path(call)}
    msgspec.convert({**path, **example}, OPERATIONS[name].request)


def check(value: Any, schema: Any) -> None:
    """Raises ValidationError for a value that is not of a schema of the document."""
    whole = {**schema, "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(value)


def test_an_example_that_is_not_true_is_found() -> None:
    schema = {"$ref": "#/components/schemas/Execution"}
    content = CALLS["get_execution"][2]["responses"]["200"]["content"]["application/json"]["example"]
    check(content["execution"], schema)
    for wrong in ({"mode": "REHEARSAL"}, {"executionId": "x"}, {"waveCount": "1"}):
        with pytest.raises(jsonschema.ValidationError):
            check({**content["execution"], **wrong}, schema)
    with pytest.raises(jsonschema.ValidationError, match="required"):
        check({name: value for name, value in content["execution"].items() if name != "reason"}, schema)


@pytest.mark.parametrize("status", ERRORS)
def test_an_error_has_an_example(status: str) -> None:
    response = DOCUMENT["components"]["responses"][status]["content"]["application/json"]
    check(response["example"], response["schema"])
    assert response["example"]["error"]["code"] in ERRORS[status].codes


def test_every_error_code_is_in_the_enumeration_with_its_status() -> None:
    def below(kind: type[DomainError]) -> Iterator[type[DomainError]]:
        yield kind
        for direct in kind.__subclasses__():
            yield from below(direct)

    assert InternalError in below(DomainError)
    own = (DomainError.__module__, InternalError.__module__)
    answered = {kind.code: str(kind.status) for kind in below(DomainError) if kind.__module__ in own}
    documented = {code: status for status, error in ERRORS.items() for code in error.codes}
    assert documented | {"MethodNotAllowed": "405"} == answered | {"Throttled": "429"}
    assert set(SCHEMAS["ErrorCode"]["enum"]) == set(documented) | {"MethodNotAllowed"}


@pytest.mark.parametrize(
    ("kind", "field", "values"),
    [
        ("TimelineEvent", "kind", EventKind),
        ("SourceServer", "replicationState", ReplicationState),
        ("SyncRun", "outcome", SyncOutcome),
        ("ErrorDetail", "code", None),
    ],
)
def test_text_with_few_values_is_an_enumeration(kind: str, field: str, values: Any) -> None:
    referred = SCHEMAS[kind]["properties"][field]["$ref"].rpartition("/")[2]
    assert values is None or SCHEMAS[referred]["enum"] == [member.value for member in values]


def test_the_states_of_replication_are_those_of_drs() -> None:
    shape: Any = botocore.session.get_session().get_service_model("drs").shape_for("DataReplicationState")
    assert {state.value for state in ReplicationState} == set(shape.enum)


def test_what_goes_in_may_leave_out_what_has_a_default_and_what_comes_out_is_whole() -> None:
    sent, answered = SCHEMAS["WaveContent"], SCHEMAS["Wave"]
    assert "delaySeconds" not in sent["required"]
    assert {"delaySeconds", "approvalRequired", "preActions"} <= set(answered["required"])
    assert sent["additionalProperties"] is False
    assert "additionalProperties" not in answered
    # Settings that are not stated are missing in answers as well.
    assert "required" not in SCHEMAS["LaunchSettings"] or not SCHEMAS["LaunchSettings"]["required"]
    assert "launchSettingsRemoved" not in SCHEMAS["UpdatedProtectionGroup"]["required"]


def test_headers_are_declared_where_they_are_sent() -> None:
    for name, (_, method, call) in CALLS.items():
        for status, answer in call["responses"].items():
            found = answer if "$ref" not in answer else DOCUMENT["components"]["responses"][status]
            assert "x-amzn-RequestId" in found["headers"], (name, status)
            assert ("ETag" in found["headers"]) is (method == "get" and status in {"200", "304"}), (name, status)
            assert ("Retry-After" in found["headers"]) is (status in {"429", "503"}), (name, status)
            if status in {"201", "202"}:
                assert "Location" in found["headers"], name
        assert ("304" in call["responses"]) is (method == "get")


def test_operations_are_named_and_grouped_by_subject() -> None:
    tags = {tag["name"] for tag in DOCUMENT["tags"]}
    assert tags == {route.subject.rpartition(".")[2] for route in ROUTES}
    for name, (_, _, call) in CALLS.items():
        assert len(call["tags"]) == 1
        assert set(call["tags"]) <= tags
        assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", name)
        assert "x-permission" in call
    assert "start_execution_of_plan" in CALLS
