"""The command line of the local cloud: starts it, says how to use it, and serves until interrupted."""

import argparse
import re
import shlex
import signal
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local import dashboard, guard, profiles
from local.state import STATE_DIRECTORY, LocalState, read_running, remove, write

if TYPE_CHECKING:
    from local.cloud import LocalCloud

DEFAULT_PORT = 4599
TAKEN = "Port {} is taken. Give another port, or leave out --port to use a free one."
_MINIMUM_SPEED, _MAXIMUM_SPEED = 0.1, 100_000.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status: 0 after an interruption, 2 when the local cloud was not started."""
    options = _parser().parse_args(arguments)
    try:
        notes = guard.check()
        scenario = _read_scenario(options.scenario)
        if options.profiles is not None:
            profiles.check_file(options.profiles)
    except (guard.UnsafeEnvironment, OSError, ValueError) as error:
        print(f"The local cloud was not started: {error}", file=sys.stderr)
        return 2
    running = read_running(STATE_DIRECTORY)
    if running and options.only_one:
        print(f"A local cloud is already running at {running.endpoint} (process {running.pid}).", file=sys.stderr)
        return 2
    port = choose_port(options.port)
    if port is None:
        print(TAKEN.format(options.port), file=sys.stderr)
        return 2
    for note in notes:
        print(f"note: {note}")
    if running:
        print(f"note: another local cloud is running at {running.endpoint}; this one is separate from it.")
    guard.set_aside()
    return _serve(options, port, scenario)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local",
        description="Runs the product and everything of AWS that it needs in this process, on loopback only.",
    )
    parser.add_argument("--port", type=int, help=f"port of the endpoint (default: {DEFAULT_PORT}, or a free one)")
    parser.add_argument(
        "--dashboard-port", type=int, default=0, help="port of the dashboard, when it was built (default: a free one)"
    )
    parser.add_argument(
        "--speed", type=float, default=60.0, help="how many times faster than AWS DRS works (default: 60)"
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of everything random in DRS (default: 1)")
    parser.add_argument(
        "--scenario", type=Path, help="faults to start with: a scenario file of the emulator, YAML or JSON"
    )
    parser.add_argument(
        "--servers", type=int, default=0, help="source servers in addition to the seeded ones (default: 0)"
    )
    parser.add_argument(
        "--profiles",
        type=Path,
        metavar="FILE",
        help="write the AWS profiles of all accounts to FILE, for AWS_CONFIG_FILE",
    )
    parser.add_argument(
        "--default-account",
        type=_account,
        metavar="ACCOUNT",
        help="account of access keys that were not issued here; without it they are refused",
    )
    parser.add_argument("--no-schedules", action="store_true", help="run scheduled functions only on request")
    parser.add_argument(
        "--no-policies", action="store_true", help="let functions do what their IAM policies do not allow"
    )
    parser.add_argument(
        "--drs-events",
        choices=["on", "off", "lost"],
        default="on",
        help="whether launch results of DRS wake waves: on, off (no account forwards them) or lost (default: on)",
    )
    parser.add_argument("--only-one", action="store_true", help="do not start while another local cloud is running")
    return parser


def _serve(options: argparse.Namespace, port: int, scenario: Mapping[str, Any] | None) -> int:
    # Imported only now: it takes a second, and the user's AWS configuration must be removed before.
    from local.cloud import CloudSettings, LocalCloud  # noqa: PLC0415
    from local.drs_events import DrsEvents  # noqa: PLC0415

    settings = CloudSettings(
        port=port,
        dashboard_port=options.dashboard_port,
        speed=min(max(options.speed, _MINIMUM_SPEED), _MAXIMUM_SPEED),
        seed=options.seed,
        servers=options.servers,
        schedules=not options.no_schedules,
        enforce_policies=not options.no_policies,
        scenario=scenario,
        default_account=options.default_account,
        drs_events=DrsEvents(options.drs_events.upper()),
    )
    interrupted = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: interrupted.set())
    print("Starting the local cloud …", flush=True)
    try:
        cloud = LocalCloud(settings).start()
    except (OSError, ValueError) as error:
        print(f"The local cloud was not started: {error}", file=sys.stderr)
        return 2
    file = write(STATE_DIRECTORY, LocalState.of(cloud))
    try:
        _introduce(cloud, file)
        _offer_profiles(cloud, options.profiles)
        print("\nCtrl-C stops it and forgets everything.", flush=True)
        interrupted.wait()
        print("\nStopping.")
    finally:
        remove(file)
        if options.profiles is not None:
            remove(options.profiles)
        cloud.stop()
    return 0


def _introduce(cloud: "LocalCloud", file: Path) -> None:
    servers = len(cloud.world.servers)
    print(f"AWS endpoint   {cloud.endpoint}   (hub account {cloud.hub_account}, {cloud.hub_region})")
    print(f"REST API       {cloud.api_url}")
    print(f"Dashboard      {dashboard.where(cloud.dashboard_url)}")
    print(
        f"Emulator       {cloud.endpoint}/_emulator/   {servers} servers, {cloud.settings.speed:g} times as fast as AWS"
    )
    accounts = ", ".join(f"{account.account_id} ({account.name})" for account in cloud.world.accounts)
    print(f"Accounts       {accounts or 'none'}")
    enforced = (
        "the functions' own files, enforced" if cloud.identities.enforced else "NOT ENFORCED: functions may do anything"
    )
    print(f"IAM policies   {enforced}")
    if cloud.state_machine_arn is None:
        print("Workflow       none: there is no definition of a state machine")
    print("Users          " + ", ".join(user.email for user in cloud.users.by_role.values()))
    print(f"Passwords      in {file} (readable only by you)")
    print("\nUse it with the AWS CLI or boto3:")
    for name, value in guard.child_environment(cloud.endpoint, region=cloud.hub_region).items():
        print(f"  export {name}={value}")
    print("\nSign in, then call the REST API with `Authorization: $TOKEN`:")
    print(f"  TOKEN=$(python -m local.sign_in --state {file} DRSOperator)")


def _offer_profiles(cloud: "LocalCloud", file: Path | None) -> None:
    offered = profiles.profiles_of(cloud)
    text = profiles.to_text(offered, endpoint=cloud.endpoint)
    if file is None:
        print("\nProfiles for each account (`--profiles FILE` writes them to a file for AWS_CONFIG_FILE):\n")
        print(text, end="")
        return
    profiles.write(file, text)
    print(f"\nProfiles for each account ({', '.join(profile.name for profile in offered)}):")
    print(f"  export AWS_CONFIG_FILE={shlex.quote(str(file.resolve()))}")
    print(f"  aws --profile {offered[-1].name} drs describe-source-servers")


def choose_port(wanted: int | None) -> int | None:
    """The requested port, or None when it is taken; by default the usual port or a free one."""
    port = DEFAULT_PORT if wanted is None else wanted
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0 if wanted is None else None
    return port


def _account(text: str) -> str:
    if not re.fullmatch("[0-9]{12}", text):
        raise argparse.ArgumentTypeError(f"{text!r} must be an account of 12 digits")
    return text


def _read_scenario(file: Path | None) -> Mapping[str, Any] | None:
    if file is None:
        return None
    # Imported only now: the emulator takes a second.
    from drs_emulator.documents import read_document  # noqa: PLC0415

    return read_document(file)
