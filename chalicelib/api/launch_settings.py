"""Launch settings."""

from chalice import Response

from .rest import Resource, RestCall, serve

launch_settings = Resource(__name__)


@launch_settings.route("/config/launch-defaults", methods=["GET"])
def get_launch_defaults(call: RestCall) -> Response:
    return serve(call)


@launch_settings.route("/config/launch-defaults", methods=["PUT"])
def update_launch_defaults(call: RestCall) -> Response:
    return serve(call)


@launch_settings.route("/protection-groups/{groupId}/launch-settings", methods=["GET"])
def get_launch_settings(call: RestCall) -> Response:
    return serve(call)


@launch_settings.route("/protection-groups/{groupId}/launch-settings/check", methods=["POST"])
def check_launch_settings(call: RestCall) -> Response:
    return serve(call)


@launch_settings.route("/protection-groups/{groupId}/servers/{serverId}/launch-settings", methods=["PUT"])
def update_server_launch_settings(call: RestCall) -> Response:
    return serve(call)
