"""`python -m local.sign_in ROLE`: prints an ID token of a seeded user of the running local cloud."""

import argparse
import sys
from pathlib import Path

import boto3

from local import guard
from local.state import STATE_DIRECTORY, LocalState


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local.sign_in", description="Prints an ID token of a seeded user.")
    parser.add_argument("role", help="the user's role, for example DRSOperator")
    parser.add_argument(
        "--state", type=Path, default=STATE_DIRECTORY / "state.json", help="the running cloud's state file"
    )
    options = parser.parse_args()
    try:
        state = LocalState.read(options.state)
    except OSError:
        print(
            f"No local cloud is running: {options.state} does not exist. Start one with `python -m local`.",
            file=sys.stderr,
        )
        return 2
    if options.role not in state.users:
        print(f"There is no role {options.role}. The roles are: {', '.join(state.users)}.", file=sys.stderr)
        return 2
    user = state.users[options.role]
    with guard.sealed(state.endpoint, region=state.region, variables={}):
        answer = boto3.client("cognito-idp").admin_initiate_auth(
            UserPoolId=state.user_pool_id,
            ClientId=state.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user["email"], "PASSWORD": user["password"]},
        )
    print(answer["AuthenticationResult"]["IdToken"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
