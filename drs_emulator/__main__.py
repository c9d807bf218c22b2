"""Runs the emulator as a program; `--help` shows how."""

import sys

from drs_emulator.cli import main

sys.exit(main())
