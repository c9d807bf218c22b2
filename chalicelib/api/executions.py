"""Executions: starting, watching and controlling them, and cleaning up after them."""

from chalice import Response

from .rest import Resource, RestCall, serve

executions = Resource(__name__)


@executions.route("/recovery-plans/{planId}/execute", methods=["POST"])
@executions.route("/executions", methods=["POST"])
def start_execution(call: RestCall) -> Response:
    return serve(call)


@executions.route("/executions", methods=["GET"])
def list_executions(call: RestCall) -> Response:
    return serve(call)


@executions.route("/executions/{executionId}", methods=["GET"])
def get_execution(call: RestCall) -> Response:
    return serve(call)


@executions.route("/executions/{executionId}/servers", methods=["GET"])
def list_execution_servers(call: RestCall) -> Response:
    return serve(call)


@executions.route("/executions/{executionId}/server-states", methods=["GET"])
def list_server_states(call: RestCall) -> Response:
    return serve(call)


@executions.route("/executions/{executionId}/steps", methods=["GET"])
def list_execution_steps(call: RestCall) -> Response:
    return serve(call)


@executions.route("/executions/{executionId}/recovery-instances", methods=["GET"])
def list_execution_instances(call: RestCall) -> Response:
    return serve(call)


@executions.route("/executions/{executionId}/events", methods=["GET"])
def list_execution_events(call: RestCall) -> Response:
    return serve(call)


@executions.route("/executions/{executionId}/job-logs", methods=["GET"])
def get_job_logs(call: RestCall) -> Response:
    return serve(call)


@executions.route("/executions/{executionId}/pause", methods=["POST"])
def pause_execution(call: RestCall) -> Response:
    return serve(call)


@executions.route("/executions/{executionId}/resume", methods=["POST"])
def resume_execution(call: RestCall) -> Response:
    return serve(call)


@executions.route("/executions/{executionId}/cancel", methods=["POST"])
def cancel_execution(call: RestCall) -> Response:
    return serve(call)


@executions.route("/executions/{executionId}/waves/{waveNumber}/approve", methods=["POST"])
def approve_wave(call: RestCall) -> Response:
    return serve(call)


@executions.route("/executions/{executionId}/waves/{waveNumber}/reject", methods=["POST"])
def reject_wave(call: RestCall) -> Response:
    return serve(call)


@executions.route("/executions/{executionId}/waves/{waveNumber}/retry", methods=["POST"])
def retry_wave(call: RestCall) -> Response:
    return serve(call)


@executions.route("/executions/{executionId}/waves/{waveNumber}/skip", methods=["POST"])
def skip_wave(call: RestCall) -> Response:
    return serve(call)


@executions.route("/executions/{executionId}/termination-status", methods=["GET"])
def get_termination_status(call: RestCall) -> Response:
    return serve(call)


@executions.route("/executions/{executionId}/terminate-instances", methods=["POST"])
def terminate_recovery_instances(call: RestCall) -> Response:
    return serve(call)


@executions.route("/executions/{executionId}", methods=["DELETE"])
def delete_execution(call: RestCall) -> Response:
    return serve(call)


@executions.route("/executions/delete", methods=["POST"])
def delete_executions(call: RestCall) -> Response:
    return serve(call)


@executions.route("/decisions", methods=["GET"])
def list_open_decisions(call: RestCall) -> Response:
    return serve(call)
