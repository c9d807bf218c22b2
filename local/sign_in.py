"""`python -m local.sign_in ROLE`: prints an ID token of a seeded user of the running local cloud."""

import argparse
import sys
from pathlib import Path

from local.state import STATE_DIRECTORY, LocalState
from scripts.deployment.sign_in import SignIn


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
    sign_in = SignIn(state.user_pool_id, state.client_id, endpoint=state.endpoint)
    print(sign_in.token(user["email"], user["password"], _not_asked))
    return 0


def _not_asked(what: str) -> str:
    raise LookupError(f"The pool asks a seeded user for something else: {what}.")


if __name__ == "__main__":
    sys.exit(main())
