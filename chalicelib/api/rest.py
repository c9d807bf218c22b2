"""The REST routes, made from the operations table: one view for each route, serving reads and forwarding commands."""

from typing import Any

import msgspec
from chalice import Blueprint, CognitoUserPoolAuthorizer, CORSConfig, Response

from ..aws.commands import invoke_command
from ..calls.answers import Answer
from ..calls.doors import REST_ALIAS
from ..calls.serving import refuse_operation, report_lost, serve_operation
from ..domain.access import Permission
from ..domain.context import CallContext
from ..domain.errors import DomainError
from ..domain.idempotency import KEY_HEADER, REPLAYED_HEADER
from ..operations import OPERATIONS, Operation, Route, Side
from ..query.handlers import OPERATION_HANDLERS
from .http import call_of_request, parameters_of_request, respond

_CORS = CORSConfig(allow_headers=[KEY_HEADER], expose_headers=[REPLAYED_HEADER])


def routes(authorizer: CognitoUserPoolAuthorizer) -> Blueprint:
    """A blueprint with every route of the operations table; all but the public ones demand a Cognito token."""
    blueprint = Blueprint(__name__)
    for operation in OPERATIONS.values():
        for route in operation.routes:
            guard = None if operation.permission is Permission.PUBLIC else authorizer
            options: dict[str, Any] = {
                "authorizer": guard,
                "cors": _CORS,
                # Chalice would refuse other types itself, unaudited and in a form of its own.
                "content_types": ["*/*"],
                "name": f"{operation.name}_{route.method.lower()}",
            }
            blueprint.route(route.path, methods=[route.method], **options)(_view(blueprint, operation, route))
    return blueprint


def _view(blueprint: Blueprint, operation: Operation, route: Route) -> Any:
    def view(**path: str) -> Response:
        request, context = blueprint.current_request, blueprint.lambda_context
        call = call_of_request(request, context)
        try:
            raw = parameters_of_request(request, path, operation.request)
        except DomainError as error:
            return respond(refuse_operation(operation, error, call), request, route)
        if operation.side is Side.QUERY:
            answer = serve_operation(operation, raw, call, OPERATION_HANDLERS[operation.name])
        else:
            answer = _forward(operation, raw, call)
        return respond(answer, request, route)

    return view


def _forward(operation: Operation, raw: dict[str, Any], call: CallContext) -> Answer:
    payload = {
        "operation": operation.name,
        "body": raw,
        "principal": msgspec.to_builtins(call.principal),
        "request_id": call.request_id,
        "source_ip": call.source_ip,
    }
    try:
        status, body = invoke_command(operation.side.handler, payload, alias=REST_ALIAS, region=call.hub.region)
    except Exception as error:  # noqa: BLE001 — the edge: a command function that cannot be reached is an answer too
        return report_lost(operation, raw, error, call)
    return Answer(status, body, replayed=status == 200 != operation.status)
