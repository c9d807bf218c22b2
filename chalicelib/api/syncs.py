"""Syncs and their runs, what they saw of recovery instances, and the sync of tags."""

from chalice import Response

from .rest import Resource, RestCall, serve

syncs = Resource(__name__)


@syncs.route("/drs/syncs", methods=["GET"])
def list_sync_runs(call: RestCall) -> Response:
    return serve(call)


@syncs.route("/drs/syncs/{kind}", methods=["POST"])
def run_sync(call: RestCall) -> Response:
    return serve(call)


@syncs.route("/drs/recovery-instances", methods=["GET"])
def list_recovery_instances(call: RestCall) -> Response:
    return serve(call)


@syncs.route("/drs/tag-sync", methods=["POST"])
def sync_tags(call: RestCall) -> Response:
    return serve(call)


@syncs.route("/drs/tag-sync", methods=["GET"])
def get_tag_sync_status(call: RestCall) -> Response:
    return serve(call)


@syncs.route("/config/tag-sync", methods=["GET"])
def get_tag_sync_settings(call: RestCall) -> Response:
    return serve(call)


@syncs.route("/config/tag-sync", methods=["PUT"])
def update_tag_sync_settings(call: RestCall) -> Response:
    return serve(call)
