"""`python -m drs_emulator`: reads the command line, builds the world and serves it until interrupted."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from drs_emulator.emulator import Emulator
from drs_emulator.errors import ScenarioError
from drs_emulator.instances import Ec2ClientFactory
from drs_emulator.scenario import read_document
from drs_emulator.server import make_http_server
from drs_emulator.settings import EmulatorSettings, Throttling

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_EPILOG = """\
Point a DRS client at it:

  aws drs describe-source-servers --endpoint-url http://127.0.0.1:5999 --region us-east-1

Its admin endpoint answers on /_emulator/ (state, jobs, faults, source-servers, speed) from this machine only.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until interrupted; 2 when the command line or a file cannot be used."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        emulator = _build(options)
        server = make_http_server(
            emulator,
            host=options.host,
            port=options.port,
            identify=identify_by_map(dict(options.account), options.default_account),
            allow_remote=options.allow_remote,
        )
    except (ScenarioError, ValueError, OSError) as error:
        sys.stderr.write(f"drs_emulator: {error}\n")
        return 2
    emulator.start()
    sys.stdout.write(f"DRS emulator on http://{server.host}:{server.server_port} (Ctrl+C ends it)\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.stdout.write("\n")
    finally:
        server.server_close()
        emulator.stop()
    return 0


def identify_by_map(accounts: dict[str, str], default_account: str) -> Callable[[str], str]:
    """The account of an access key: from the map, else a key of 12 digits itself, else the default."""

    def identify(access_key_id: str) -> str:
        if access_key_id in accounts:
            return accounts[access_key_id]
        return access_key_id if access_key_id.isdigit() and len(access_key_id) == 12 else default_account

    return identify


def _build(options: argparse.Namespace) -> Emulator:
    settings = EmulatorSettings(
        speed=options.speed,
        seed=options.seed,
        throttling=Throttling(enabled=not options.no_throttling),
        as_observed=options.as_observed,
    )
    emulator = Emulator(settings, ec2_client=ec2_clients_of(options.ec2_endpoint) if options.ec2_endpoint else None)
    if options.world is not None:
        emulator.load_world(read_document(options.world))
    if options.scenario is not None:
        emulator.load_scenario(read_document(options.scenario))
    return emulator


def ec2_clients_of(endpoint: str) -> Ec2ClientFactory:
    """EC2 clients of an emulated EC2 (such as moto's server), in each account through an assumed role."""

    def make(account: str, region: str) -> EC2Client:
        sts = boto3.client(
            "sts",
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id=account,
            aws_secret_access_key="emulated",  # noqa: S106 - an emulator takes any
        )
        role = f"arn:aws:iam::{account}:role/drs-emulator"
        credentials = sts.assume_role(RoleArn=role, RoleSessionName="drs-emulator")["Credentials"]
        return boto3.client(
            "ec2",
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )

    return make


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m drs_emulator",
        description="An emulator of the AWS Elastic Disaster Recovery (DRS) API with faults on demand.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=5999, help="port; 0 takes a free one (default: %(default)s)")
    parser.add_argument("--allow-remote", action="store_true", help="allow a host beyond this machine")
    parser.add_argument("--speed", type=float, default=1.0, help="divides the durations of jobs (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="seed of all random draws (default: %(default)s)")
    parser.add_argument("--scenario", type=Path, help="YAML or JSON file of faults")
    parser.add_argument("--world", type=Path, help="YAML or JSON file of accounts, Regions and servers")
    parser.add_argument("--ec2-endpoint", help="emulated EC2 and STS for real instances; without it ids are made up")
    parser.add_argument("--no-throttling", action="store_true", help="switch off the request rates")
    parser.add_argument(
        "--as-observed", action="store_true", help="answer as DRS was seen to do where its documents say otherwise"
    )
    parser.add_argument(
        "--account",
        action="append",
        default=[],
        type=_key_and_account,
        metavar="ACCESS_KEY_ID=ACCOUNT",
        help="which account an access key belongs to; repeatable. A key of 12 digits is its own account",
    )
    parser.add_argument(
        "--default-account", default="123456789012", help="account of all other access keys (default: %(default)s)"
    )
    return parser


def _key_and_account(text: str) -> tuple[str, str]:
    key, _, account = text.partition("=")
    if not key or len(account) != 12 or not account.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} must be ACCESS_KEY_ID=ACCOUNT with an account of 12 digits")
    return key, account
