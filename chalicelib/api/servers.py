"""Source servers, DRS jobs, and failback."""

from chalice import Response

from .rest import Resource, RestCall, serve

servers = Resource(__name__)


@servers.route("/drs/accounts", methods=["GET"])
def list_drs_accounts(call: RestCall) -> Response:
    return serve(call)


@servers.route("/drs/source-servers", methods=["GET"])
def list_source_servers(call: RestCall) -> Response:
    return serve(call)


@servers.route("/drs/source-servers/summary", methods=["GET"])
def summarize_source_servers(call: RestCall) -> Response:
    return serve(call)


@servers.route("/drs/source-servers/{serverId}", methods=["GET"])
def get_server_status(call: RestCall) -> Response:
    return serve(call)


@servers.route("/drs/source-servers/{serverId}/recovery-points", methods=["GET"])
def list_recovery_points(call: RestCall) -> Response:
    return serve(call)


@servers.route("/drs/jobs", methods=["GET"])
def list_drs_jobs(call: RestCall) -> Response:
    return serve(call)


@servers.route("/drs/jobs/{jobId}/log", methods=["GET"])
def get_drs_job_log(call: RestCall) -> Response:
    return serve(call)


@servers.route("/drs/failback", methods=["GET"])
def get_failback_status(call: RestCall) -> Response:
    return serve(call)


@servers.route("/drs/failback/reverse-replication", methods=["POST"])
def reverse_replication(call: RestCall) -> Response:
    return serve(call)


@servers.route("/drs/failback/start", methods=["POST"])
def start_failback(call: RestCall) -> Response:
    return serve(call)


@servers.route("/drs/failback/stop", methods=["POST"])
def stop_failback(call: RestCall) -> Response:
    return serve(call)
