"""``python -m drs_plans``: compares a configuration file with an installation, applies it, or simulates it."""

import sys

from drs_plans.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
