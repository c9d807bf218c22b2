"""The service itself: its health, its API document and the signed-in user."""

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


@service.route("/user", methods=["GET"])
def get_user(call: RestCall) -> Response:
    return serve(call)
