"""Refuses what no view serves, and translates the errors of Chalice itself: all have the one error body."""

from collections.abc import Callable, Mapping
from typing import Any

from chalice import Response
from chalice.app import Request as HttpRequest

from ..calls.answers import InternalError, as_domain_error, failure
from ..calls.pipeline import refuse_event
from ..domain.errors import DomainError, FieldProblem, InvalidRequest, MethodNotAllowed, UnknownRoute
from ..operations import Side
from .addresses import ROUTES
from .http import call_of_request
from .responses import SECURITY_HEADERS, respond

ANY_METHOD = "X-AMAZON-APIGATEWAY-ANY-METHOD"
"""API Gateway's name for all methods that a path does not declare."""


def refuse_method(request: HttpRequest) -> Response:
    """The answer to a method that the path does not take."""
    allowed = sorted(route.method for route in ROUTES if route.path == request.path)
    listed = ", ".join(allowed)
    error = MethodNotAllowed(f"{request.path} does not take {request.method}. It takes: {listed}.", allowed=allowed)
    return _refuse(request, error, {"Allow": listed})


def answer_in_one_form(request: HttpRequest | None, get_response: Callable[[HttpRequest], Response]) -> Response:
    """A middleware for all requests, which replaces answers that are not ours."""
    if request is None:
        return _refuse_event()
    if not any(route.path == request.path for route in ROUTES):
        message = f"There is nothing at {request.path}. GET /openapi.json lists every path and its methods."
        return _refuse(request, UnknownRoute(message))
    try:
        response = get_response(request)
    except Exception as error:  # noqa: BLE001 — the edge: every error becomes an answer
        return _refuse(request, as_domain_error(error))
    if all(response.headers.get(name) == value for name, value in SECURITY_HEADERS.items()):
        return response
    if response.status_code == 405:
        return refuse_method(request)
    # Chalice has logged the error that it answers with.
    return _refuse(request, InternalError("The service failed. Give the request id to its operators."))


def _refuse(request: HttpRequest, error: DomainError, headers: Mapping[str, str] | None = None) -> Response:
    parameters = {"method": request.method, "path": request.path}
    context: Any = request.lambda_context
    call = call_of_request(request, context)
    return respond(refuse_event("", Side.QUERY, parameters, error, call), request, headers)


def _refuse_event() -> Response:
    """The answer to an event that is not a request of API Gateway, which Chalice does not read further."""
    problem = "is not a request of API Gateway; invoke query-handler, execution-handler or data-management-handler"
    answer = failure(InvalidRequest([FieldProblem("event", problem)]), "")
    return Response(body=answer.body, status_code=answer.status, headers=dict(SECURITY_HEADERS))
