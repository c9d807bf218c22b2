"""What an account and Region offer for launches."""

from chalice import Response

from .rest import Resource, RestCall, serve

ec2 = Resource(__name__)


@ec2.route("/ec2/subnets", methods=["GET"])
def list_subnets(call: RestCall) -> Response:
    return serve(call)


@ec2.route("/ec2/security-groups", methods=["GET"])
def list_security_groups(call: RestCall) -> Response:
    return serve(call)


@ec2.route("/ec2/instance-profiles", methods=["GET"])
def list_instance_profiles(call: RestCall) -> Response:
    return serve(call)


@ec2.route("/ec2/instance-types", methods=["GET"])
def list_instance_types(call: RestCall) -> Response:
    return serve(call)
