"""Protection groups."""

from chalice import Response

from .rest import Resource, RestCall, serve

groups = Resource(__name__)


@groups.route("/protection-groups", methods=["GET"])
def list_protection_groups(call: RestCall) -> Response:
    return serve(call)


@groups.route("/protection-groups", methods=["POST"])
def create_protection_group(call: RestCall) -> Response:
    return serve(call)


@groups.route("/protection-groups/{groupId}", methods=["GET"])
def get_protection_group(call: RestCall) -> Response:
    return serve(call)


@groups.route("/protection-groups/{groupId}", methods=["PUT"])
def update_protection_group(call: RestCall) -> Response:
    return serve(call)


@groups.route("/protection-groups/{groupId}", methods=["DELETE"])
def delete_protection_group(call: RestCall) -> Response:
    return serve(call)


@groups.route("/protection-groups/{groupId}/launch-settings/apply", methods=["POST"])
def apply_launch_settings(call: RestCall) -> Response:
    return serve(call)


@groups.route("/protection-groups/resolve", methods=["POST"])
def resolve_protection_group(call: RestCall) -> Response:
    return serve(call)
