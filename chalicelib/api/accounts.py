"""Target accounts."""

from chalice import Response

from .rest import Resource, RestCall, serve

accounts = Resource(__name__)


@accounts.route("/accounts/current", methods=["GET"])
def get_current_account(call: RestCall) -> Response:
    return serve(call)


@accounts.route("/accounts/targets", methods=["GET"])
def list_target_accounts(call: RestCall) -> Response:
    return serve(call)


@accounts.route("/accounts/targets", methods=["POST"])
def register_target_account(call: RestCall) -> Response:
    return serve(call)


@accounts.route("/accounts/targets/{accountId}", methods=["GET"])
def get_target_account(call: RestCall) -> Response:
    return serve(call)


@accounts.route("/accounts/targets/{accountId}", methods=["PUT"])
def update_target_account(call: RestCall) -> Response:
    return serve(call)


@accounts.route("/accounts/targets/{accountId}", methods=["DELETE"])
def remove_target_account(call: RestCall) -> Response:
    return serve(call)


@accounts.route("/accounts/targets/{accountId}/validate", methods=["POST"])
def validate_target_account(call: RestCall) -> Response:
    return serve(call)
