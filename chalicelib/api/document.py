"""The OpenAPI 3.1 document of this API, made from the routes, the operations and their types."""

import functools
import re
from collections import Counter
from typing import Any

import msgspec

from ..domain.access.context import CallContext
from ..domain.access.idempotency import KEY_HEADER, MAX_KEY_CHARACTERS, REPLAYED_HEADER
from ..domain.access.permissions import Permission
from ..operations import OPERATIONS, Operation
from ..operations.declaration import Nothing
from ..settings import VERSION
from .addresses import ROUTES, Route
from .error_examples import ERRORS

_REF = "#/components/schemas/{name}"
_KEY_FIELD = "idempotencyKey"
_KEY_SCHEMA = {"type": "string", "maxLength": MAX_KEY_CHARACTERS, "pattern": "^[ -~]*$"}
_SECURITY = "cognito"
_ERRORS = {
    "400": "The request has problems; details.problems lists every one with its field.",
    "401": "The request has no valid token.",
    "403": "The user's roles do not include the permission.",
    "413": "The body is larger than 1 MB.",
    "504": "The command may have been carried out. Check the address in details.look before you repeat it.",
    "default": "404 unknown id, 409 conflict, 415 not JSON, 422 refused, 502 AWS failed, 503 try again.",
}
Schema = dict[str, Any]


def openapi(_: Nothing, __: CallContext) -> Schema:
    """The document, the same for all callers."""
    return document()


HANDLERS = {"openapi": openapi}


@functools.cache
def document() -> Schema:
    """Every route with its parameters, body, answers and permission, as plain JSON values."""
    schemas, components = _schemas()
    paths: dict[str, Schema] = {}
    numbers: Counter[str] = Counter()
    for route in ROUTES:
        numbers[route.operation] += 1
        described = _operation(OPERATIONS[route.operation], route, numbers[route.operation], schemas, components)
        paths.setdefault(route.path, {})[route.method.lower()] = described
    described = {
        "openapi": "3.1.0",
        "info": {
            "title": "DR orchestration",
            "version": VERSION,
            "description": "Protection groups, recovery plans and their executions with AWS Elastic Disaster Recovery.",
        },
        "paths": paths,
        "components": {
            "schemas": {**components, "Error": _error_schema()},
            "responses": {name: _error_response(name, text) for name, text in _ERRORS.items()},
            "securitySchemes": {
                _SECURITY: {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "The id token of a user of the Cognito user pool.",
                }
            },
        },
    }
    decoded: Schema = msgspec.json.decode(msgspec.json.encode(described))
    return decoded


def _schemas() -> tuple[dict[Any, Schema], dict[str, Schema]]:
    """A schema for each request and response, and the named schemas that they refer to."""
    kinds = list(dict.fromkeys(kind for item in OPERATIONS.values() for kind in (item.request, item.response)))
    made, components = msgspec.json.schema_components(kinds, ref_template=_REF, schema_hook=_anything)
    return dict(zip(kinds, made, strict=True)), components


def _anything(_: type) -> Schema:
    """The schema of values that the API does not describe further."""
    return {"description": "Any JSON value."}


def _operation(
    operation: Operation, route: Route, number: int, schemas: dict[Any, Schema], components: dict[str, Schema]
) -> Schema:
    request = _resolved(schemas[operation.request], components)
    in_path = re.findall(r"{(\w+)}", route.path)
    fields: dict[str, Schema] = request.get("properties", {})
    required = set(request.get("required", ()))
    free = {name: schema for name, schema in fields.items() if name not in in_path and name != _KEY_FIELD}
    has_body = route.method in {"POST", "PUT"} and bool(free)
    parameters = [_parameter(name, "path", fields[name], required=True) for name in in_path]
    if _KEY_FIELD in fields:
        parameters.append(_parameter(KEY_HEADER, "header", _KEY_SCHEMA, required=False))
    if not has_body:
        parameters += [_parameter(name, "query", schema, required=name in required) for name, schema in free.items()]
    described: Schema = {
        "operationId": operation.name if number == 1 else f"{operation.name}_{number}",
        "summary": operation.summary,
        "description": _permission_sentence(operation),
        "tags": [operation.side.value],
        "parameters": parameters,
        "responses": {
            **_successes(operation, schemas[operation.response], has_key=_KEY_FIELD in fields),
            **{status: {"$ref": f"#/components/responses/{status}"} for status in _ERRORS},
        },
        "security": [] if operation.permission is Permission.PUBLIC else [{_SECURITY: []}],
        "x-permission": operation.permission.value,
    }
    if has_body:
        described["requestBody"] = _body(operation, free, required)
    return described


def _successes(operation: Operation, schema: Schema, *, has_key: bool) -> Schema:
    """The answers to a call that was carried out, by status."""
    content = {"application/json": {"schema": schema}}
    done = {str(operation.status): {"description": "Done.", "content": content}}
    if not has_key:
        return done
    header = {
        "description": f"Present when an earlier request with this {KEY_HEADER} was carried out instead of this one.",
        "schema": {"const": "true"},
    }
    before = "The same request was carried out before; this is its record."
    return {**done, "200": {"description": before, "headers": {REPLAYED_HEADER: header}, "content": content}}


def _body(operation: Operation, free: dict[str, Schema], required: set[str]) -> Schema:
    schema: Schema = {"type": "object", "properties": free, "additionalProperties": False}
    needed = [name for name in free if name in required]
    if needed:
        schema["required"] = needed
    content: Schema = {"schema": schema}
    example = {name: value for name, value in operation.example.items() if name in free}
    if example:
        content["example"] = example
    return {"required": bool(needed), "content": {"application/json": content}}


def _parameter(name: str, place: str, schema: Schema, *, required: bool) -> Schema:
    return {"name": name, "in": place, "required": required, "schema": schema}


def _permission_sentence(operation: Operation) -> str:
    if operation.permission_rule:
        return f"Needs the permission {operation.permission_rule.__doc__}."
    match operation.permission:
        case Permission.PUBLIC:
            sentence = "Needs no sign-in."
        case Permission.SIGNED_IN:
            sentence = "Needs a signed-in user."
        case permission:
            sentence = f"Needs the permission {permission}."
    return sentence


def _resolved(schema: Schema, components: dict[str, Schema]) -> Schema:
    return components[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _error_response(status: str, text: str) -> Schema:
    content: Schema = {"schema": {"$ref": _REF.format(name="Error")}}
    if status in ERRORS:
        content["example"] = ERRORS[status]
    return {"description": text, "content": {"application/json": content}}


def _error_schema() -> Schema:
    error = {
        "type": "object",
        "required": ["code", "message", "details", "retryable"],
        "properties": {
            "code": {"type": "string", "description": "The kind of failure, such as StaleVersion."},
            "message": {"type": "string", "description": "What went wrong and what to do next, for a person."},
            "details": {"type": "object", "description": "The facts behind the message, by name."},
            "retryable": {"type": "boolean", "description": "Whether the same request can succeed later."},
        },
    }
    return {
        "type": "object",
        "required": ["error", "requestId"],
        "properties": {"error": error, "requestId": {"type": "string"}},
    }
