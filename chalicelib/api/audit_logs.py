"""The audit log."""

from chalice import Response

from .rest import Resource, RestCall, serve

audit_logs = Resource(__name__)


@audit_logs.route("/audit-logs", methods=["GET"])
def list_audit_logs(call: RestCall) -> Response:
    return serve(call)


@audit_logs.route("/audit-logs/verify", methods=["GET"])
def verify_audit_log(call: RestCall) -> Response:
    return serve(call)
