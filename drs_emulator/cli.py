"""The command `drs-emulator`: reads the command line, builds the world and serves it until interrupted."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from drs_emulator.documents import read_document
from drs_emulator.emulated_aws import ec2_clients_of
from drs_emulator.emulator import Emulator
from drs_emulator.errors import ApiError, ScenarioError
from drs_emulator.events_out import EventsOut
from drs_emulator.identities import Identify, ask_sts, identify_by_map, is_account
from drs_emulator.saved_worlds import read_file, restore_world, write_file
from drs_emulator.server import make_http_server
from drs_emulator.settings import EmulatorSettings, Throttling

_EPILOG = """\
Point a DRS client at it:

  aws drs describe-source-servers --endpoint-url http://127.0.0.1:5999 --region us-east-1

Its admin endpoint answers on /_emulator/ (state, jobs, faults, source-servers, speed, clock, world) from this machine
only.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until interrupted; 2 when the command line or a file cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        emulator = _build(options)
        server = make_http_server(
            emulator,
            host=options.host,
            port=options.port,
            identify=_identify(options),
            allow_remote=options.allow_remote,
        )
    except (ScenarioError, ValueError, OSError) as error:
        sys.stderr.write(f"drs_emulator: {error}\n")
        return 2
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    emulator.start()
    sys.stdout.write(f"DRS emulator on http://{server.host}:{server.server_port} (Ctrl+C ends it)\n")
    sys.stdout.flush()
    # A container is ended with SIGTERM; its world is to be saved too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.stdout.write("\n")
    finally:
        server.server_close()
        saved = _save(emulator, options.save)
        emulator.stop()
    return 0 if saved else 1


def _save(emulator: Emulator, file: Path | None) -> bool:
    if file is None:
        return True
    try:
        write_file(emulator.world, file)
    except (ScenarioError, ApiError, OSError) as error:
        sys.stderr.write(f"drs_emulator: the world was not saved to {file}: {error}\n")
        return False
    sys.stdout.write(f"The world is saved in {file}; --restore {file} continues it.\n")
    return True


def _identify(options: argparse.Namespace) -> Identify:
    ask = ask_sts(options.ec2_endpoint) if options.ec2_endpoint else None
    return identify_by_map(dict(options.account), options.default_account, ask=ask)


def _build(options: argparse.Namespace) -> Emulator:
    if options.save is not None and not options.save.parent.is_dir():
        raise ScenarioError("--save", f"there is no directory {options.save.parent}")
    settings = EmulatorSettings(
        speed=options.speed or 1.0,
        seed=options.seed,
        throttling=Throttling(enabled=not options.no_throttling),
        as_observed=options.as_observed,
    )
    emulator = Emulator(
        settings,
        ec2_client=ec2_clients_of(options.ec2_endpoint) if options.ec2_endpoint else None,
        publish=EventsOut(options.events_to) if options.events_to else None,
    )
    if options.restore is not None:
        restore_world(emulator.world, read_file(options.restore), str(options.restore))
        if options.speed is not None:
            emulator.set_speed(options.speed)
    if options.world is not None:
        emulator.load_world(read_document(options.world))
    if options.scenario is not None:
        emulator.load_scenario(read_document(options.scenario))
    return emulator


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="drs-emulator",
        description="An emulator of the AWS Elastic Disaster Recovery (DRS) API with faults on demand.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=5999, help="port; 0 takes a free one (default: %(default)s)")
    parser.add_argument("--allow-remote", action="store_true", help="allow a host beyond this machine")
    parser.add_argument("--speed", type=float, help="divides the durations of jobs (default: 1, or the saved world's)")
    parser.add_argument("--seed", type=int, default=0, help="seed of all random draws (default: %(default)s)")
    parser.add_argument("--scenario", type=Path, help="YAML or JSON file of faults")
    begin = parser.add_mutually_exclusive_group()
    begin.add_argument("--world", type=Path, help="YAML or JSON file of accounts, Regions and servers")
    begin.add_argument("--restore", type=Path, metavar="FILE", help="continue the world that was saved in FILE")
    parser.add_argument("--save", type=Path, metavar="FILE", help="save the world to FILE at the end, jobs included")
    parser.add_argument("--events-to", metavar="URL", help="send events to this endpoint of EventBridge (PutEvents)")
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
        "--default-account",
        type=_account,
        metavar="ACCOUNT",
        help="account of all other access keys; without it they are refused",
    )
    return parser


def _key_and_account(text: str) -> tuple[str, str]:
    key, _, account = text.partition("=")
    if not key or not is_account(account):
        raise argparse.ArgumentTypeError(f"{text!r} must be ACCESS_KEY_ID=ACCOUNT with an account of 12 digits")
    return key, account


def _account(text: str) -> str:
    if not is_account(text):
        raise argparse.ArgumentTypeError(f"{text!r} must be an account of 12 digits")
    return text
