"""The service itself: its health, its API document, the signed-in user, the dashboard's first page and the search."""

from chalice import Response

from .document import HANDLERS
from .rest import Resource, RestCall, serve

service = Resource(__name__)


@service.route("/health", methods=["GET"])
def health(call: RestCall) -> Response:
    return serve(call)


@service.route("/openapi.json", methods=["GET"])
def openapi(call: RestCall) -> Response:
    return serve(call, HANDLERS)


@service.route("/dashboard", methods=["GET"])
def get_dashboard_data(call: RestCall) -> Response:
    return serve(call)


@service.route("/search", methods=["GET"])
def search(call: RestCall) -> Response:
    return serve(call)


@service.route("/user", methods=["GET"])
def get_user(call: RestCall) -> Response:
    return serve(call)
