"""The configuration as a whole."""

from chalice import Response

from .rest import Resource, RestCall, serve

configuration = Resource(__name__)


@configuration.route("/config/export", methods=["GET"])
def export_configuration(call: RestCall) -> Response:
    return serve(call)


@configuration.route("/config/import", methods=["POST"])
def import_configuration(call: RestCall) -> Response:
    return serve(call)


@configuration.route("/config/schema", methods=["GET"])
def get_configuration_schema(call: RestCall) -> Response:
    return serve(call)


@configuration.route("/config/outgoing-hosts", methods=["GET"])
def get_outgoing_hosts(call: RestCall) -> Response:
    return serve(call)


@configuration.route("/config/outgoing-hosts", methods=["PUT"])
def update_outgoing_hosts(call: RestCall) -> Response:
    return serve(call)
