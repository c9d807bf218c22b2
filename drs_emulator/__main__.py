"""Runs the emulator as a program; `--help` tells how."""

import sys

from drs_emulator.cli import main

sys.exit(main())
