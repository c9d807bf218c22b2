"""What every view uses: the decorator of routes, and the function that serves a request.

Reads are served here. Commands are passed on to the function of their side, because only that may carry them out.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from chalice import Blueprint, CognitoUserPoolAuthorizer, CORSConfig, Response
from chalice.app import Request as HttpRequest

from ..aws.commands import invoke_command
from ..calls.answers import Answer
from ..calls.invocations import REST_ALIAS, LambdaContext
from ..calls.pipeline import refuse_forbidden, refuse_operation, report_lost, serve_operation
from ..domain.access.context import CallContext
from ..domain.access.idempotency import KEY_HEADER, REPLAYED_HEADER
from ..domain.access.permissions import Permission
from ..domain.errors import DomainError
from ..operations import OPERATIONS, Operation
from ..operations.handlers import Handlers
from ..query.handlers import OPERATION_HANDLERS
from .addresses import ROUTES, Route, with_address
from .http import AUTHORIZATION, call_of_request, parameters_of_request, respond

_USER_POOL_ARN = os.environ.get("USER_POOL_ARN", "arn:aws:cognito-idp:us-east-2:111122223333:userpool/us-east-2_unset")
_AUTHORIZER = CognitoUserPoolAuthorizer("users", provider_arns=[_USER_POOL_ARN])
_CORS = CORSConfig(allow_headers=[KEY_HEADER], expose_headers=[REPLAYED_HEADER])


class RestCall(msgspec.Struct, frozen=True):
    """One HTTP request to a route of an operation."""

    operation: Operation
    request: HttpRequest
    context: LambdaContext
    path: Mapping[str, str]


View = Callable[[RestCall], Response]


class Resource(Blueprint):
    """A blueprint whose views have the names of the operations that they serve."""

    def route(self, path: str, **options: Any) -> Callable[[View], View]:
        """Declares a route for ``methods``. All operations but the public ones require a Cognito token.

        Raises KeyError when no operation has the view's name.
        """

        def declare(view: View) -> View:
            operation = OPERATIONS[view.__name__]
            fixed: dict[str, Any] = {
                "authorizer": None if operation.permission is Permission.PUBLIC else _AUTHORIZER,
                "cors": _CORS,
                # Chalice would refuse other types without an audit entry and with another error body.
                "content_types": ["*/*"],
                "name": operation.name,
            }

            def serve_request(**path_parameters: str) -> Response:
                return view(RestCall(operation, self.current_request, self.lambda_context, path_parameters))

            super(Resource, self).route(path, **options, **fixed)(serve_request)
            ROUTES.extend(Route(operation.name, method, path) for method in options["methods"])
            return view

        return declare


def serve(call: RestCall, handlers: Handlers = OPERATION_HANDLERS) -> Response:
    """Serves a request. Every failure becomes an answer with the error body."""
    http, operation = call.request, call.operation
    context = call_of_request(http, call.context)
    try:
        raw = parameters_of_request(http, call.path, operation.request)
    except DomainError as error:
        return respond(refuse_operation(operation, error, context), http)
    if operation.is_command:
        # The function that carries the command out judges it again: neither relies on the other.
        refused = refuse_forbidden(operation, raw, context)
        answer = refused or with_address(_forward(operation, raw, context, http.headers.get(AUTHORIZATION, "")), raw)
    else:
        answer = serve_operation(operation, raw, context, handlers[operation.name])
    return respond(answer, http)


def _forward(operation: Operation, raw: dict[str, Any], call: CallContext, token: str) -> Answer:
    """Passes a command on with the user's own token, which the function that carries it out verifies itself."""
    payload = {
        "operation": operation.name,
        "body": raw,
        "token": token,
        "request_id": call.request_id,
        "source_ip": call.source_ip,
    }
    try:
        status, body = invoke_command(operation.side.handler, payload, alias=REST_ALIAS, region=call.hub.region)
    except Exception as error:  # noqa: BLE001 — the edge: every error becomes an answer
        return report_lost(operation, raw, error, call)
    return Answer(status, body, replayed=status == 200 != operation.status)
