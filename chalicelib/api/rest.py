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
from ..calls.contexts import LambdaContext
from ..calls.invocations import REST_ALIAS
from ..calls.pipeline import refuse_forbidden, refuse_operation, report_lost, serve_operation
from ..domain.access.context import CallContext
from ..domain.access.idempotency import KEY_HEADER, REPLAYED_HEADER
from ..domain.access.permissions import Permission
from ..domain.errors import DomainError
from ..operations import Operation
from ..operations.handlers import Handlers
from ..operations.table import OPERATIONS
from ..query.handlers import OPERATION_HANDLERS
from ..settings import settings
from .addresses import ROUTES, Route, location_of, with_address
from .http import AUTHORIZATION, body_as_sent, call_of_request, parameters_of_request
from .refusals import ANY_METHOD, refuse_method
from .responses import respond

_USER_POOL_ARN = os.environ.get("USER_POOL_ARN", "arn:aws:cognito-idp:us-east-2:111122223333:userpool/us-east-2_unset")
_AUTHORIZER = CognitoUserPoolAuthorizer("users", provider_arns=[_USER_POOL_ARN])
_EXPOSED = ["Date", "ETag", "Location", "Retry-After", "x-amzn-RequestId", REPLAYED_HEADER]


def cors_for(dashboard_url: str) -> CORSConfig | None:
    """What the dashboard's origin, and no other, may send and read. None without a dashboard: then no origin may.

    A dashboard that is served with the API below its own address, as ours is, does not need it.
    """
    if not dashboard_url:
        return None
    scheme, _, rest = dashboard_url.partition("://")
    return CORSConfig(
        allow_origin=f"{scheme}://{rest.partition('/')[0]}",
        allow_headers=["If-None-Match", KEY_HEADER],
        expose_headers=_EXPOSED,
        max_age=600,
    )


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
                "cors": cors_for(settings().dashboard_url),
                # Chalice would refuse other types without an audit entry and with another error body.
                "content_types": ["*/*"],
                "name": operation.name,
            }

            def serve_request(**path_parameters: str) -> Response:
                return view(RestCall(operation, self.current_request, self.lambda_context, path_parameters))

            if all(route.path != path for route in ROUTES):
                self._refuse_other_methods(path)
            super(Resource, self).route(path, **options, **fixed)(serve_request)
            ROUTES.extend(Route(operation.name, method, path, view.__module__) for method in options["methods"])
            return view

        return declare

    def _refuse_other_methods(self, path: str) -> None:
        """Without this, API Gateway would say that there is nothing at the path."""

        def refuse(**_: str) -> Response:
            return refuse_method(self.current_request)

        super().route(path, methods=[ANY_METHOD], content_types=["*/*"], name="refuse_method")(refuse)


def serve(call: RestCall, handlers: Handlers = OPERATION_HANDLERS) -> Response:
    """Serves a request. Every failure becomes an answer with the error body."""
    http, operation = call.request, call.operation
    context = call_of_request(http, call.context)
    try:
        raw = parameters_of_request(http, call.path, operation.request)
    except DomainError as error:
        return respond(refuse_operation(operation, error, context, body_as_sent(http)), http)
    if operation.is_command:
        # The function that carries the command out judges it again: neither relies on the other.
        refused = refuse_forbidden(operation, raw, context)
        answer = refused or with_address(_forward(operation, raw, context, http.headers.get(AUTHORIZATION, "")), raw)
    else:
        answer = serve_operation(operation, raw, context, handlers[operation.name])
    return respond(answer, http, location_of(operation, answer, raw, http.context))


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
