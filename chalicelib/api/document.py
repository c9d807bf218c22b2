"""The OpenAPI 3.1 document of this API, made from the routes, the operations and their types."""

import functools
import re
import sys
from collections import Counter

import msgspec

from ..domain.access.context import CallContext
from ..domain.access.idempotency import KEY_HEADER, MAX_KEY_CHARACTERS, REPLAYED_HEADER
from ..domain.access.permissions import Permission
from ..operations import Operation
from ..operations.declaration import Nothing
from ..operations.table import OPERATIONS
from ..settings import VERSION
from .addresses import ROUTES, Route
from .error_statuses import CODES, ERRORS, REQUEST_ID
from .examples import example_of
from .schemas import REF, Schema, Schemas, in_markdown, schemas_of

_KEY_FIELD = "idempotencyKey"
_SECURITY = "cognito"


def openapi(_: Nothing, __: CallContext) -> Schema:
    """The document, the same for all callers."""
    return document()


HANDLERS = {"openapi": openapi}


@functools.cache
def document() -> Schema:
    """Every route with its parameters, body, answers and permission, as plain JSON values."""
    schemas = schemas_of(
        dict.fromkeys(item.request for item in OPERATIONS.values()),
        dict.fromkeys(item.response for item in OPERATIONS.values()),
    )
    schemas.components |= {"Error": _ERROR, "ErrorDetail": _ERROR_DETAIL, "ErrorCode": _ERROR_CODE}
    paths: dict[str, Schema] = {}
    numbers: Counter[str] = Counter()
    for route in ROUTES:
        numbers[route.operation] += 1
        described = _operation(OPERATIONS[route.operation], route, schemas, is_first=numbers[route.operation] == 1)
        paths.setdefault(route.path, {})[route.method.lower()] = described
    described = {
        "openapi": "3.1.0",
        "info": {
            "title": "DR orchestration",
            "version": VERSION,
            "description": "Protection groups, recovery plans and their executions with AWS Elastic Disaster Recovery.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/api", "description": "The API of this installation."}],
        "tags": [{"name": name, "description": text} for name, text in _tags().items()],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": {status: _error_response(status) for status in ERRORS},
            "headers": _HEADERS,
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
    decoded: Schema = msgspec.json.decode(msgspec.json.encode(_only_used(described)))
    return decoded


def _operation(operation: Operation, route: Route, schemas: Schemas, *, is_first: bool) -> Schema:
    request = schemas.resolved(schemas.requests[operation.request])
    in_path = re.findall(r"{(\w+)}", route.path)
    fields: dict[str, Schema] = request.get("properties", {})
    required = set(request.get("required", ()))
    free = {name: schema for name, schema in fields.items() if name not in in_path and name != _KEY_FIELD}
    has_body = route.method in {"POST", "PUT"} and bool(free)
    parameters = [_parameter(name, "path", fields[name], required=True) for name in in_path]
    if _KEY_FIELD in fields:
        parameters.append(_KEY_PARAMETER)
    if route.method == "GET":
        parameters.append(_IF_NONE_MATCH)
    if not has_body:
        parameters += [_parameter(name, "query", schema, required=name in required) for name, schema in free.items()]
    described: Schema = {
        "operationId": operation.name if is_first else f"{operation.name}_of_{in_path[0].removesuffix('Id')}",
        "summary": operation.summary,
        "description": _description(operation, request),
        "tags": [route.subject.rpartition(".")[2]],
        "parameters": parameters,
        "responses": {
            **_successes(operation, route, schemas, has_key=_KEY_FIELD in fields),
            **{status: {"$ref": f"#/components/responses/{status}"} for status in _errors(operation, has_body)},
        },
        "security": [] if operation.permission is Permission.PUBLIC else [{_SECURITY: []}],
        "x-permission": operation.permission.value,
    }
    if has_body:
        described["requestBody"] = _body(operation, free, required, schemas, is_first=is_first)
    return described


def _errors(operation: Operation, has_body: bool) -> list[str]:
    """The statuses of the errors that an operation can answer with."""
    never = set()
    if operation.permission is Permission.PUBLIC:
        never |= {"401", "403"}
    if operation.request is Nothing and not operation.is_command:
        never |= {"404", "409", "502"}
    if not has_body:
        never |= {"415"}
    return [status for status in ERRORS if status not in never]


def _successes(operation: Operation, route: Route, schemas: Schemas, *, has_key: bool) -> Schema:
    """The answers to a call that was carried out, by status."""
    schema = schemas.answers[operation.response]
    example = example_of(schema, schemas.components)
    content = {"application/json": {"schema": schema, "example": example}}
    status = str(operation.status)
    done: Schema = {status: {"description": "Done.", "headers": _headers(), "content": content}}
    if route.method == "GET":
        done[status]["headers"] |= _headers("ETag")
        done["304"] = {"description": "The client has this answer already.", "headers": _headers("ETag")}
    if operation.location:
        done[status]["headers"] |= _headers("Location")
    if has_key:
        before = "The same request was carried out before; this is its record."
        done["200"] = {"description": before, "headers": _headers(REPLAYED_HEADER), "content": content}
    return done


def _body(
    operation: Operation, free: dict[str, Schema], required: set[str], schemas: Schemas, *, is_first: bool
) -> Schema:
    name = operation.request.__name__
    schema: Schema = {"type": "object", "properties": free, "additionalProperties": False}
    needed = [field for field in free if field in required]
    if needed:
        schema["required"] = needed
    described = schemas.resolved(schemas.requests[operation.request])["description"]
    schema["description"] = described or f"The body of {operation.name}."
    example = {field: value for field, value in operation.example.items() if field in free}
    content: Schema = {"schema": schema, "example": example or example_of(schema, schemas.components)}
    if is_first:
        schemas.components[f"{name}Body"] = schema
        content["schema"] = {"$ref": REF.format(name=f"{name}Body")}
    return {
        "required": bool(needed),
        "description": operation.summary,
        "content": {"application/json": content},
    }


def _parameter(name: str, place: str, schema: Schema, *, required: bool) -> Schema:
    return {
        "name": name,
        "in": place,
        "required": required,
        "description": schema.get("description", ""),
        "schema": schema,
    }


def _description(operation: Operation, request: Schema) -> str:
    """What is to be known about the parameters, and the permission."""
    said = request["description"] if operation.request.__doc__ else ""
    return f"{said}\n\n{_permission_sentence(operation)}".strip()


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


def _tags() -> dict[str, str]:
    """The subjects of the routes, each with the purpose of its module."""
    modules = dict.fromkeys(route.subject for route in ROUTES)
    return {
        name.rpartition(".")[2]: in_markdown((sys.modules[name].__doc__ or "").partition("\n")[0]) for name in modules
    }


def _only_used(described: Schema) -> Schema:
    """The document without schemas that nothing refers to, such as those of requests that became parameters."""
    schemas = described["components"]["schemas"]
    text = {name: str(schema) for name, schema in schemas.items()}
    waiting = set(_named_in(str({**described, "components": {**described["components"], "schemas": {}}})))
    used: set[str] = set()
    while waiting:
        name = waiting.pop()
        used.add(name)
        waiting |= set(_named_in(text[name])) - used
    described["components"]["schemas"] = {name: schemas[name] for name in sorted(used)}
    return described


def _named_in(text: str) -> list[str]:
    return re.findall(r"#/components/schemas/(\w+)", text)


# --- what all answers have in common ---


def _headers(*names: str) -> dict[str, Schema]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("x-amzn-RequestId", *names)}


def _error_response(status: str) -> Schema:
    error = ERRORS[status]
    return {
        "description": error.meaning,
        "headers": _headers("Retry-After") if error.retry_after else _headers(),
        "content": {"application/json": {"schema": {"$ref": REF.format(name="Error")}, "example": error.example}},
    }


_HEADERS: dict[str, Schema] = {
    "x-amzn-RequestId": {
        "description": "The id of the request, by which the audit log finds it.",
        "schema": {"type": "string", "examples": [REQUEST_ID]},
    },
    "ETag": {
        "description": "A tag of this answer, for If-None-Match.",
        "schema": {"type": "string", "examples": ['W/"0123456789abcdef0123456789abcdef"']},
    },
    "Location": {
        "description": "The address of what was created or started.",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Retry-After": {
        "description": "The seconds after which to send the request again.",
        "schema": {"type": "integer", "minimum": 1},
    },
    REPLAYED_HEADER: {
        "description": f"Present when an earlier request with this {KEY_HEADER} was carried out in place of this one.",
        "schema": {"const": "true"},
    },
}
_KEY_PARAMETER: Schema = {
    "name": KEY_HEADER,
    "in": "header",
    "required": False,
    "description": "The same request with the same key is carried out once, for 7 days.",
    "schema": {"type": "string", "maxLength": MAX_KEY_CHARACTERS, "pattern": "^[ -~]*$"},
}
_IF_NONE_MATCH: Schema = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "ETags of answers that the client has. With the one of this answer, the status is 304.",
    "schema": {"type": "string"},
}
_ERROR: Schema = {
    "title": "Error",
    "description": "What every failed request is answered with.",
    "type": "object",
    "required": ["error", "requestId"],
    "properties": {
        "error": {"$ref": REF.format(name="ErrorDetail"), "description": "What went wrong."},
        "requestId": {"type": "string", "description": "The id of the request, by which the audit log finds it."},
    },
}
_ERROR_DETAIL: Schema = {
    "title": "ErrorDetail",
    "description": "What went wrong, for programs and for people.",
    "type": "object",
    "required": ["code", "message", "details", "retryable"],
    "properties": {
        "code": {"$ref": REF.format(name="ErrorCode"), "description": "The kind of failure."},
        "message": {"type": "string", "description": "What went wrong and what to do next, for a person."},
        "details": {
            "type": "object",
            "additionalProperties": True,
            "description": "The facts behind the message, by name.",
        },
        "retryable": {"type": "boolean", "description": "Whether the same request can succeed later."},
    },
}
_ERROR_CODE: Schema = {
    "title": "ErrorCode",
    "description": "The kind of a failure.",
    "type": "string",
    "enum": ["MethodNotAllowed", *CODES],
}
