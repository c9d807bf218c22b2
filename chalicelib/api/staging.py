"""Staging accounts of target accounts, capacity and quotas."""

from chalice import Response

from .rest import Resource, RestCall, serve

staging = Resource(__name__)


@staging.route("/accounts/targets/{accountId}/staging-accounts", methods=["GET"])
def list_staging_accounts(call: RestCall) -> Response:
    return serve(call)


@staging.route("/accounts/targets/{accountId}/staging-accounts", methods=["POST"])
def add_staging_account(call: RestCall) -> Response:
    return serve(call)


@staging.route("/accounts/targets/{accountId}/staging-accounts/discover", methods=["GET"])
def discover_staging_accounts(call: RestCall) -> Response:
    return serve(call)


@staging.route("/accounts/targets/{accountId}/staging-accounts/sync", methods=["POST"])
def sync_staging_accounts(call: RestCall) -> Response:
    return serve(call)


@staging.route("/accounts/targets/{accountId}/staging-accounts/{stagingAccountId}", methods=["DELETE"])
def remove_staging_account(call: RestCall) -> Response:
    return serve(call)


@staging.route("/accounts/targets/{accountId}/staging-accounts/{stagingAccountId}/validate", methods=["POST"])
def validate_staging_account(call: RestCall) -> Response:
    return serve(call)


@staging.route("/accounts/targets/{accountId}/capacity", methods=["GET"])
def get_capacity(call: RestCall) -> Response:
    return serve(call)


@staging.route("/accounts/capacity", methods=["GET"])
def get_combined_capacity(call: RestCall) -> Response:
    return serve(call)


@staging.route("/drs/quotas", methods=["GET"])
def get_quotas(call: RestCall) -> Response:
    return serve(call)
