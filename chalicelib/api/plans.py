"""Recovery plans."""

from chalice import Response

from .rest import Resource, RestCall, serve

plans = Resource(__name__)


@plans.route("/recovery-plans", methods=["GET"])
def list_recovery_plans(call: RestCall) -> Response:
    return serve(call)


@plans.route("/recovery-plans", methods=["POST"])
def create_recovery_plan(call: RestCall) -> Response:
    return serve(call)


@plans.route("/recovery-plans/{planId}", methods=["GET"])
def get_recovery_plan(call: RestCall) -> Response:
    return serve(call)


@plans.route("/recovery-plans/{planId}", methods=["PUT"])
def update_recovery_plan(call: RestCall) -> Response:
    return serve(call)


@plans.route("/recovery-plans/{planId}", methods=["DELETE"])
def delete_recovery_plan(call: RestCall) -> Response:
    return serve(call)


@plans.route("/recovery-plans/{planId}/versions", methods=["GET"])
def list_plan_versions(call: RestCall) -> Response:
    return serve(call)


@plans.route("/recovery-plans/{planId}/preflight", methods=["GET"])
def get_plan_preflight(call: RestCall) -> Response:
    return serve(call)


@plans.route("/recovery-plans/{planId}/preflight/servers", methods=["GET"])
def list_preflight_servers(call: RestCall) -> Response:
    return serve(call)


@plans.route("/recovery-plans/{planId}/preflight", methods=["POST"])
def refresh_plan_preflight(call: RestCall) -> Response:
    return serve(call)


@plans.route("/recovery-plans/{planId}/forecast", methods=["GET"])
def get_plan_forecast(call: RestCall) -> Response:
    return serve(call)


@plans.route("/recovery-plans/{planId}/existing-instances", methods=["GET"])
def get_existing_instances(call: RestCall) -> Response:
    return serve(call)
