"""Clients of an emulated AWS, in each account through a role that is assumed there.

It is behind an endpoint (such as moto's server), or in this process (moto's mock) when the endpoint is None.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.loaders import Loader, create_loader

from drs_emulator.instances import Ec2ClientFactory

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


@dataclass(frozen=True, kw_only=True)
class Keys:
    """Credentials; an emulator takes any secret."""

    access_key: str
    secret: str = "emulated"  # noqa: S105 - it opens nothing
    token: str | None = None


def new_client(service: str, keys: Keys, *, region: str, endpoint: str | None, config: Any = None) -> Any:
    """A client with the given credentials. The descriptions of services are read once, which takes long."""
    session = botocore.session.Session()
    session.register_component("data_loader", _loader())
    return session.create_client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret,
        aws_session_token=keys.token,
        config=config,
    )


def keys_of(account: str, *, region: str, endpoint: str | None) -> Keys:
    """Credentials of an account's role. Raises botocore's errors when the STS there does not give any."""
    sts = new_client("sts", Keys(access_key=account), region=region, endpoint=endpoint)
    role = f"arn:aws:iam::{account}:role/drs-emulator"
    made = sts.assume_role(RoleArn=role, RoleSessionName="drs-emulator")["Credentials"]
    return Keys(access_key=made["AccessKeyId"], secret=made["SecretAccessKey"], token=made["SessionToken"])


def ec2_clients_of(endpoint: str | None) -> Ec2ClientFactory:
    """EC2 clients of any account and Region."""

    def make(account: str, region: str) -> EC2Client:
        keys = keys_of(account, region=region, endpoint=endpoint)
        client: EC2Client = new_client("ec2", keys, region=region, endpoint=endpoint)
        return client

    return make


@cache
def _loader() -> Loader:
    return create_loader()
